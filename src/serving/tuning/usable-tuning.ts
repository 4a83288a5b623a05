import type { ServingConfig } from '../config.ts';
import { deviceHere } from './device.ts';
import { deviceDifference, readTuning, tuningPath } from './tuning-file.ts';
import type { Tuning } from './tuning-schema.ts';

/**
 * The measurements, where they are of this device.
 * @param provider that runs; undefined when it is not known yet
 * @param note hears, in one line, why a file that is there is not used
 */
export async function usableTuning(
  config: Pick<ServingConfig, 'TUNING_FILE' | 'MODELS_DIR' | 'DEVICE_ID'>,
  provider: string | undefined,
  note: (reason: string) => void,
): Promise<Tuning | undefined> {
  const file = tuningPath(config);
  const tuning = await readTuning(file, note);
  const here = { ...deviceHere(config), ...(provider !== undefined && { provider }) };
  const difference = tuning && deviceDifference(tuning.device, here);
  if (difference === undefined) return tuning;
  note(`${file} is not used: ${difference}`);
  return undefined;
}
