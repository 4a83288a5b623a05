import { messageOf, UnpairedError } from '../core/errors.ts';
import type { Tensor, TensorData } from '../core/tensor.ts';
import type { ActiveProvider, Provider } from './providers.ts';
import type { TensorSignature } from './session.ts';
import type { SessionOptions } from './session-options.ts';

/** What a lane process is started with, as JSON in its first argument. */
export interface LaneProcessOptions extends Omit<SessionOptions, 'provider'> {
  readonly index: number;
  readonly provider: Provider;
  /** Most bytes of the caches of sequences, beside what one run needs. Default: no ceiling. */
  readonly cacheCeilingBytes?: number;
}

export interface ModelSignature {
  readonly inputs: readonly TensorSignature[];
  readonly outputs: readonly TensorSignature[];
}

/** What an item of a run goes on from: a sequence of tokens whose keys and values its lane keeps. */
export interface SequenceStep {
  /** Names the sequence, among those of all models. */
  readonly sequence: string;
  /** How many of its tokens the lane must know; 0: the sequence begins. */
  readonly position: number;
  /** How many of the item's tokens count; those behind them only fill up. */
  readonly count: number;
}

export interface LaneRunResult {
  /** Of a run of steps: of each item, what stands behind its last new token. */
  readonly outputs: Record<string, Tensor>;
  /** Items that were not run, since the lane does not have their sequences; their outputs mean nothing. */
  readonly missing: readonly number[];
  /** Index of the lane. */
  readonly lane: number;
  /** Time inside the session, without the way to the lane and back. */
  readonly laneMilliseconds: number;
  /** Resident memory of the lane's process after the run. */
  readonly residentBytes: number;
  /** What the lane's caches of sequences take of it. */
  readonly cacheBytes: number;
}

export type LaneTask =
  | {
      readonly kind: 'load';
      readonly key: string;
      readonly modelPath: string;
      /** What the file must hash to. */
      readonly sha256: string | undefined;
    }
  | { readonly kind: 'unload'; readonly key: string }
  | {
      readonly kind: 'run';
      readonly key: string;
      readonly feeds: Readonly<Record<string, Tensor>>;
      /** One an item, when they go on with sequences that lanes keep. */
      readonly steps: readonly SequenceStep[] | undefined;
    }
  | { readonly kind: 'forget'; readonly sequence: string };

/** Parent to lane. Tasks are performed one at a time, in order. */
export type ToLane =
  | { readonly kind: 'task'; readonly id: number; readonly task: LaneTask }
  /** Forget a task that has not begun; when it has, its answer is nobody's. */
  | { readonly kind: 'withdraw'; readonly id: number }
  /** Finish what was sent before, then exit. */
  | { readonly kind: 'close' };

export type TaskResult =
  | { readonly kind: 'loaded'; readonly model: ModelSignature }
  | { readonly kind: 'unloaded' }
  | ({ readonly kind: 'ran' } & Omit<LaneRunResult, 'lane'>)
  | { readonly kind: 'forgotten'; readonly cacheBytes: number };

/** Lane to parent. */
export type FromLane =
  | { readonly kind: 'ready'; readonly provider: ActiveProvider; readonly note: string | undefined }
  | { readonly kind: 'refused'; readonly error: ErrorReport }
  | { readonly kind: 'done'; readonly id: number; readonly result: TaskResult }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorReport };

/** An error on its way between processes. */
export interface ErrorReport {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  readonly status: number;
  readonly publicMessage: string;
}

/** An error that happened in a lane; name, code, status and messages are those of the original. */
export class ReportedError extends UnpairedError {
  constructor(report: ErrorReport) {
    super(report.message, report);
    this.name = report.name;
  }
}

export function reportOf(thrown: unknown): ErrorReport {
  if (thrown instanceof UnpairedError) {
    const { name, message, code, status, publicMessage } = thrown;
    return { name, message, code, status, publicMessage };
  }
  const publicMessage = 'The service met an internal error.';
  return { name: 'Error', message: messageOf(thrown), code: 'INTERNAL', status: 500, publicMessage };
}

/**
 * The same tensors on memory of their own. What arrives through a pipe is a window on the whole message, which would
 * stay alive with the smallest of its tensors and could not be transferred.
 */
export function withOwnMemory(tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, value]) => [name, { ...value, data: owned(value.data) }]),
  );
}

/** The memory of tensors that own theirs, each once, for handing it to another thread. */
export function tensorBuffers(tensors: Readonly<Record<string, Tensor>>): ArrayBuffer[] {
  const buffers = Object.values(tensors).map(({ data }) => data.buffer);
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
}

function owned(data: TensorData): TensorData {
  return data.byteLength === data.buffer.byteLength ? data : data.slice();
}
