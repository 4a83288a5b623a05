import { readdirSync } from 'node:fs';
import path from 'node:path';
import { InternalError } from '../core/errors.ts';

/**
 * The newest profile that begins with a path. ONNX Runtime adds date and time to the name and, through this binding,
 * does not tell what became of it.
 */
export function profileFile(prefix: string): string {
  const folder = path.dirname(prefix);
  const profiles = readdirSync(folder).filter(
    (name) => name.startsWith(`${path.basename(prefix)}_`) && name.endsWith('.json'),
  );
  const newest = profiles.sort().at(-1);
  if (newest === undefined) throw new InternalError(`there is no profile ${prefix}_*.json`);
  return path.join(folder, newest);
}
