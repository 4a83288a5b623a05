import { InternalError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import { itemCount, joinFeeds, type NamedTensors, splitOutputs } from '../batcher.ts';
import type { ReadyModel } from '../open-package.ts';
import { networkRunner } from '../pipeline.ts';
import type { Scheduler } from '../scheduler.ts';
import type { StageClock } from '../stage-clock.ts';
import type { Urgency } from '../work.ts';

export interface ItemsRequest {
  readonly model: ReadyModel;
  readonly scheduler: Scheduler;
  readonly clock: StageClock;
  readonly urgency: Urgency;
  /** Fires when the client has left. */
  readonly signal: AbortSignal;
}

/**
 * Runs each picture of a request by itself through the scheduler, which lets them share runs with each other and with
 * those of other requests as far as that pays. When one fails, those that wait are dropped.
 * @returns the outputs of each, in order
 */
export function startItems(feeds: NamedTensors, request: ItemsRequest): Promise<NamedTensors>[] {
  const failed = new AbortController();
  const signal = AbortSignal.any([request.signal, failed.signal]);
  const runNetwork = networkRunner({ ...request, signal });
  const counts = Array.from({ length: itemCount(feeds) }, () => 1);
  return splitOutputs(feeds, counts).map(async (item) => {
    try {
      return await request.model.translator.run(item, runNetwork, () => {});
    } catch (thrown) {
      failed.abort();
      throw thrown;
    }
  });
}

/** The outputs of all pictures as one batch, in order. */
export function joinItems(outputs: readonly NamedTensors[]): NamedTensors {
  return joinFeeds(requireEqualShapes(outputs));
}

function requireEqualShapes(outputs: readonly NamedTensors[]): readonly NamedTensors[] {
  const shapeOf = (tensors: NamedTensors) =>
    Object.entries(tensors).map(([name, { dims }]: [string, Tensor]) => `${name} [${dims.join(', ')}]`);
  const [first, other] = new Set(outputs.map((tensors) => shapeOf(tensors).join(', ')));
  if (other === undefined) return outputs;
  throw new InternalError(`pictures of one size gave ${first} and ${other}`);
}
