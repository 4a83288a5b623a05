import { UnpairedError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Pixels } from '../../image/index.ts';
import type { NamedTensors } from '../batcher.ts';

/** Queues a run of one of the model's networks and waits for its outputs. */
export type RunNetwork = (network: string, feeds: NamedTensors) => Promise<NamedTensors>;

/** Tells how much of the work is done, 0 to 1: for methods of many runs. */
export type ReportProgress = (fraction: number) => void;

/** Turns a picture into a picture with the networks of one model, in steps that the pipeline times. */
export interface Translator {
  /** A picture, of a size that the networks take, as inputs. */
  prepare(picture: Pixels): Promise<NamedTensors>;
  /** One run, or as many as the method needs; each goes through the scheduler. */
  run(feeds: NamedTensors, runNetwork: RunNetwork, report: ReportProgress): Promise<NamedTensors>;
  /** The outputs as a picture. */
  finish(outputs: NamedTensors): Promise<Pixels>;
  /** Runs that make a lane ready: the first run of a shape is slow, so it happens before a request does. */
  warmUp(): readonly { readonly network: string; readonly feeds: Record<string, Tensor> }[];
  /** Most items that a network takes in one run. */
  maxBatch(network: string): number;
}

/** The manifest is valid, but its networks are not what its kind of translator needs. */
export class TranslatorError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'MODEL_UNSUITABLE', status: 503 });
  }
}
