import { Budget } from './budget.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { looksLegacy, readLegacyCheckpoint } from './legacy-checkpoint.ts';
import { type CheckpointValue, TreeBuilder } from './tree.ts';
import { ZipArchive } from './zip-archive.ts';
import { readZipCheckpoint } from './zip-checkpoint.ts';

export interface CheckpointOptions {
  /**
   * Most bytes that the tensors together may take once decoded, and that deflated entries may unpack to.
   * Default: 64 MiB and eight times the file, which repeated views and compressed zeros exceed only on purpose.
   */
  readonly maximumBytes?: number;
  /** False for files saved with `torch.serialization.set_crc32_options(False)`. Default: true */
  readonly verifyChecksums?: boolean;
}

/**
 * Reads what `torch.save` wrote (`.pth`, `.pt`; the zip format and the one before PyTorch 1.6) as plain data.
 * Nothing in the file is executed: it may only ask for a fixed list of names, which stand for our own code, and a
 * file that asks for another is refused with that name before any tensor is made. Every float becomes float32,
 * int16 becomes int32, views become dense copies; shared tensors stay shared.
 * @param bytes the whole file, which must not change afterwards
 * @throws CheckpointError on a damaged, hostile or unknown file
 */
export function readCheckpoint(bytes: Uint8Array, options: CheckpointOptions = {}): CheckpointValue {
  const limit = options.maximumBytes ?? 64 * 2 ** 20 + 8 * bytes.length;
  const root = isZip(bytes)
    ? readZipCheckpoint(
        new ZipArchive(bytes, {
          inflatedBytes: new Budget('bytes of unpacked zip entries', limit),
          verifyChecksums: options.verifyChecksums ?? true,
        }),
      )
    : readLegacy(bytes);
  return new TreeBuilder(new Budget('bytes of decoded tensors', limit)).build(root);
}

function readLegacy(bytes: Uint8Array) {
  if (looksLegacy(bytes)) return readLegacyCheckpoint(bytes);
  const start = Buffer.from(bytes.subarray(0, 8)).toString('hex');
  throw new CheckpointError(
    `not a PyTorch checkpoint: ${bytes.length} bytes starting with ${start || 'nothing'}; expected a zip archive or a pickle with PyTorch's magic number`,
  );
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}
