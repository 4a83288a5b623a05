import { cpus } from 'node:os';
import { availableThreads, installedVersion } from '../../runtime/index.ts';
import type { ServingConfig } from '../config.ts';
import type { DeviceFingerprint } from './tuning-schema.ts';

/** What measurements depend on, as far as it is known before a lane is up: all but the provider that runs. */
export function deviceHere(config: Pick<ServingConfig, 'DEVICE_ID'>): Omit<DeviceFingerprint, 'provider'> {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableThreads(),
    deviceId: config.DEVICE_ID,
    onnxruntime: installedVersion(),
  };
}
