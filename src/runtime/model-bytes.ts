import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf } from '../core/errors.ts';
import { ModelLoadError } from './session.ts';

/**
 * Reads a model file that may have been overwritten since it was checked. The bytes that were hashed are those to open:
 * between a check of the file and its opening by path it could change again.
 * @param sha256 64 lower-case hexadecimal digits
 * @throws ModelLoadError when it cannot be read, or is another file
 */
export async function readChecked(modelPath: string, sha256: string): Promise<Uint8Array> {
  const bytes = await readFile(modelPath).catch((cause: unknown) => {
    throw new ModelLoadError(`${modelPath} cannot be read: ${messageOf(cause)}`, { cause });
  });
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found === sha256) return bytes;
  throw new ModelLoadError(
    `${modelPath} has sha256 ${found}, expected ${sha256}: it was overwritten under the same version`,
  );
}
