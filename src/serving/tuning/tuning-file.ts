import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { writeWhole } from '../../core/write-whole.ts';
import type { ServingConfig } from '../config.ts';
import { type DeviceFingerprint, type Tuning, tuningSchema } from './tuning-schema.ts';

/** Where the measurements are kept; undefined: nowhere. */
export function tuningPath(config: Pick<ServingConfig, 'TUNING_FILE' | 'MODELS_DIR'>): string | undefined {
  if (config.TUNING_FILE === 'none') return undefined;
  return config.TUNING_FILE === 'auto' ? path.join(config.MODELS_DIR, 'tuning.json') : config.TUNING_FILE;
}

/**
 * Reads the measurements. Those that cannot be used do not keep a service from starting.
 * @param note hears, in one line, why a file that is there is not used
 * @returns undefined when there is no file, or none that can be used
 */
export async function readTuning(
  file: string | undefined,
  note: (reason: string) => void,
): Promise<Tuning | undefined> {
  if (file === undefined) return undefined;
  try {
    return tuningSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    note(`${file} is not used: ${messageOf(thrown).replaceAll(/\s+/g, ' ')}`);
    return undefined;
  }
}

export async function writeTuning(file: string, tuning: Tuning): Promise<void> {
  await writeWhole(file, new TextEncoder().encode(`${JSON.stringify(tuning, null, 2)}\n`));
}

/** What of a device is not as it was at the measurement, in words; undefined when all of it is. */
export function deviceDifference(
  measured: DeviceFingerprint,
  here: Partial<DeviceFingerprint>,
): string | undefined {
  const differing = Object.entries(here).filter(
    ([name, value]) => measured[name as keyof DeviceFingerprint] !== value,
  );
  if (differing.length === 0) return undefined;
  const [name, value] = differing[0] as [keyof DeviceFingerprint, string | number];
  return `it was measured with ${name} ${measured[name]}, here it is ${value}; run unpaired tune`;
}
