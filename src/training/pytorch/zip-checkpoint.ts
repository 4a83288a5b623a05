import { ByteCursor, decodeLatin1 } from './byte-cursor.ts';
import { CheckpointError, quoted } from './checkpoint-error.ts';
import { readPickle } from './pickle/pickle.ts';
import type { PickleValue } from './pickle/values.ts';
import { Storages } from './storages.ts';
import type { ZipArchive } from './zip-archive.ts';

/**
 * The format of torch.save since 1.6: a zip archive with one folder of any name, in which `data.pkl` is the object
 * and `data/KEY` are the storages.
 */
export function readZipCheckpoint(archive: ZipArchive): PickleValue {
  const folder = findFolder(archive.names);
  refuseBigEndian(archive.read(`${folder}byteorder`));
  const storages = new Storages((key) => archive.read(`${folder}data/${key}`));
  const pickle = archive.read(`${folder}data.pkl`) as Uint8Array;
  return readPickle(new ByteCursor(pickle, 'the pickle'), (id) => storages.load(id));
}

/** The path in front of `data.pkl`, with its slash. */
function findFolder(names: readonly string[]): string {
  const found = names.filter((name) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
  const [pickle] = found;
  if (pickle === undefined || found.length > 1) {
    const listed = names.slice(0, 5).map(quoted).join(', ');
    throw new CheckpointError(
      `a zip archive that is not a PyTorch checkpoint: ${found.length} files data.pkl among ${listed}`,
    );
  }
  return pickle.slice(0, -'data.pkl'.length);
}

function refuseBigEndian(order: Uint8Array | undefined): void {
  if (order === undefined || decodeLatin1(order) === 'little') return;
  throw new CheckpointError(
    `the checkpoint's byte order is ${quoted(decodeLatin1(order))}, only "little" is read`,
  );
}
