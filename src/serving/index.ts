export { type AdminDependencies, buildAdminApp } from './admin-app.ts';
export { readAdminKey } from './admin-key.ts';
export { type AppDependencies, buildApp } from './app.ts';
export { Catalog } from './catalog.ts';
export {
  ConfigError,
  configSchema,
  laneLayout,
  readConfig,
  type ServingConfig,
  threadBudget,
} from './config.ts';
export type { AppInstance } from './context.ts';
export { Lifecycle } from './lifecycle.ts';
export type { ModelChange, ModelEntry } from './model-entry.ts';
export { startTracing, type Tracing } from './tracing.ts';
export { batchPolicy } from './tuning/batch-policy.ts';
export { deviceHere } from './tuning/device.ts';
export { deviceDifference, readTuning, tuningPath, writeTuning } from './tuning/tuning-file.ts';
export type { ModelTuning, Tuning } from './tuning/tuning-schema.ts';
export { usableTuning } from './tuning/usable-tuning.ts';
