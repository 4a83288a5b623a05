export {
  type Checkpoint,
  CheckpointDamagedError,
  type JsonObject,
  type JsonValue,
  type LatestCheckpoint,
  latestCheckpoint,
  loadCheckpoint,
  NoUsableCheckpointError,
  type StoredCheckpoint,
  saveCheckpoint,
} from './checkpoint.ts';
export { type CheckpointRetention, listCheckpoints } from './checkpoint-files.ts';
export {
  annealedRate,
  constantRate,
  cosineRate,
  type LearningRateRule,
  linearRate,
  stepRate,
  withWarmUp,
} from './learning-rate.ts';
export { type MetricsLog, openMetricsLog, type TrainingMetrics } from './metrics-log.ts';
export { openProgress, type Progress, type ProgressOptions } from './progress.ts';
export type { ProgressUpdate } from './progress-line.ts';
export {
  lockRunFolder,
  type RunFolder,
  readRunConfig,
  runFolder,
  writeRunConfig,
} from './run-folder.ts';
export { RunFolderLockedError, type RunLock } from './run-lock.ts';
export { type RunState, type RunStatus, readRunStatus } from './run-status.ts';
export { EventFileWriter } from './tensorboard.ts';
export { Throughput } from './throughput.ts';
