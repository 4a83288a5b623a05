export { LaneDiedError } from './dispatcher.ts';
export type { LaneEvent, LaneState, LaneStatus } from './lane-events.ts';
export {
  type LaneRunResult,
  type ModelSignature,
  ReportedError,
  type SequenceStep,
} from './lane-messages.ts';
export {
  LanePool,
  LanePoolClosedError,
  type LanePoolOptions,
  ModelNotLoadedError,
  type ModelOnLanes,
} from './lane-pool.ts';
export { installedVersion, runtimeVersion } from './onnxruntime.ts';
export {
  type ActiveProvider,
  chooseProvider,
  type Provider,
  type ProviderChoice,
  ProviderUnavailableError,
} from './providers.ts';
export type { RunOptions } from './run-queue.ts';
export {
  FeedsError,
  ModelLoadError,
  RunError,
  Session,
  type TensorSignature,
} from './session.ts';
export type { SessionOptions } from './session-options.ts';
export { SessionSequences } from './session-sequences.ts';
export { availableThreads } from './threads.ts';
