import { unzipSync, zipSync } from 'fflate';
import { messageOf } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { NpyError, readNpy, writeNpy } from './npy.ts';

/** Unpacked arrays beyond this are not statistics: 2048 dimensions and 100,000 pictures take 0.9 GB. */
const largestBytes = 2 ** 31;
const ending = '.npy';
/** Equal arrays give equal files. The first time that zip can hold. */
const mtime = new Date(1980, 0, 1);

/**
 * Reads the archive that `numpy.savez` and `savez_compressed` write.
 * @param wanted arrays to unpack, by name; others are passed over
 * @throws NpyError when it is no archive, an array is no array, or too large
 */
export function readNpz(archive: Uint8Array, where: string, wanted: readonly string[]): Map<string, Tensor> {
  let bytes = 0;
  const files = unpack(archive, where, (name, size) => {
    if (!name.endsWith(ending) || !wanted.includes(name.slice(0, -ending.length))) return false;
    bytes += size;
    if (bytes > largestBytes) {
      throw new NpyError(where, `holds arrays of more than ${largestBytes} bytes (${name} has ${size})`);
    }
    return true;
  });
  return new Map(
    Object.entries(files).map(([name, content]) => [
      name.slice(0, -ending.length),
      readNpy(content, `${where}, ${name}`),
    ]),
  );
}

function unpack(
  archive: Uint8Array,
  where: string,
  filter: (name: string, size: number) => boolean,
): Record<string, Uint8Array> {
  try {
    return unzipSync(archive, { filter: ({ name, originalSize }) => filter(name, originalSize) });
  } catch (cause) {
    if (cause instanceof NpyError) throw cause;
    throw new NpyError(where, `is no .npz file: ${messageOf(cause)}`, { cause });
  }
}

/** Stored, not compressed, as `numpy.savez` does: floats hardly shrink. */
export function writeNpz(arrays: Readonly<Record<string, Tensor>>): Uint8Array {
  const files = Object.entries(arrays).map(([name, array]) => [`${name}${ending}`, writeNpy(array)]);
  return zipSync(Object.fromEntries(files), { level: 0, mtime });
}
