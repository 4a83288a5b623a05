import { ByteCursor } from './byte-cursor.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { readPickle } from './pickle/pickle.ts';
import { asArray, asText, kindOf, type PickleValue } from './pickle/values.ts';
import { Storages } from './storages.ts';

/** First pickle of the file, a LONG1 of ten bytes. */
const magicNumber = 0x1950a86a20f9469cfc6cn;

const formatVersion = 1001;

/**
 * The format of torch.save before 1.6: five pickles (magic number, version, byte order, the object, the keys of its
 * storages), then for each key its number of elements in eight bytes and its raw elements.
 */
export function readLegacyCheckpoint(bytes: Uint8Array): PickleValue {
  const cursor = new ByteCursor(bytes, 'the checkpoint');
  readHeader(cursor);
  const found = new Map<string, Uint8Array>();
  const storages = new Storages((key) => found.get(key));
  const root = readPickle(cursor, (id) => storages.load(id));
  for (const key of asArray(readPickle(cursor), 'the list of storages')) {
    const storage = storages.get(asText(key, 'the key of a storage'));
    const elements = cursor.u64();
    found.set(storage.key, cursor.take(elements * storage.elementType.bytes));
  }
  return root;
}

function readHeader(cursor: ByteCursor): void {
  const magic = readPickle(cursor);
  if (magic !== magicNumber) {
    throw new CheckpointError(
      `a pickle that is not a PyTorch checkpoint: it holds ${kindOf(magic)} where the magic number should be`,
    );
  }
  const version = readPickle(cursor);
  if (version !== formatVersion) {
    throw new CheckpointError(`a checkpoint of format ${String(version)}, only ${formatVersion} is known`);
  }
  const system = readPickle(cursor);
  if (system instanceof Map && system.get('little_endian') === false) {
    throw new CheckpointError('the checkpoint was written on a big-endian machine, which is not supported');
  }
}

/** True when the file starts as a legacy checkpoint does: protocol 2, then the ten bytes of the magic number. */
export function looksLegacy(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && bytes[2] === 0x8a && bytes[3] === 10;
}
