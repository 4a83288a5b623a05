import { randomUUID } from 'node:crypto';
import type { CodeMap } from '../../core/code-map/code-map.ts';
import type { CodeMapSampling, SamplingStep } from '../../core/code-map/code-map-sampling.ts';
import { codeProbabilities, type FilterOptions } from '../../core/code-map/code-probabilities.ts';
import { drawCode } from '../../core/code-map/draw-code.ts';
import { InternalError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { int64, type Tensor } from '../../core/tensor.ts';
import type { ReportProgress } from '../translators/translator.ts';
import { paddedCount } from './padded-count.ts';
import type { SequenceRuns } from './sequence-runs.ts';

export interface DrawingOptions {
  /** Of the network of a code transformer: see `codeStepGraph` for its inputs and outputs. */
  readonly runs: SequenceRuns;
  /** A stream of its own: the i-th code takes the i-th uniform number. */
  readonly random: Random;
  readonly filters?: FilterOptions;
  readonly report?: ReportProgress;
}

/**
 * Draws the unknown codes of a map, one run a code. The codes follow from the map, the stream and the filters (up to what
 * rounding does in batches of different sizes), whoever shares the runs, and whatever becomes of lanes: a window
 * that its lane has lost is brought again as a whole. Whatever ends it, no lane keeps anything of it afterwards.
 * @throws what a run throws: when the client leaves, before the next step
 */
export async function drawCodeMap(
  sampling: CodeMapSampling,
  { runs, random, filters = {}, report = () => {} }: DrawingOptions,
): Promise<CodeMap> {
  const drawing = randomUUID();
  const nameOf = (window: number) => `${drawing}/${window}`;
  const open = new Set<number>();
  const close = (window: number) => {
    open.delete(window);
    runs.forget(nameOf(window));
  };
  try {
    for (let step = sampling.step; step !== undefined; step = sampling.step) {
      open.add(step.window);
      const logits = await logitsOf(step, nameOf(step.window), runs);
      if (logits === undefined) sampling.forget(step.window);
      else {
        sampling.take(drawCode(codeProbabilities(logits, filters), random.uniform()));
        if (step.lastOfWindow) close(step.window);
        report(sampling.drawn / sampling.total);
      }
    }
    return sampling.map;
  } finally {
    for (const window of [...open]) close(window);
  }
}

/** One a code; undefined when the lane has lost the window. */
async function logitsOf(
  { tokens, position }: SamplingStep,
  sequence: string,
  runs: SequenceRuns,
): Promise<Float32Array | undefined> {
  const count = tokens.length;
  const padded = [...tokens, ...new Array<number>(paddedCount(count) - count).fill(0)];
  const feeds = { tokens: int64([1, padded.length], padded) };
  const outputs = await runs.step(feeds, { sequence, position, count });
  if (outputs === undefined && position === 0)
    throw new InternalError(`a lane misses sequence ${sequence}, which begins`);
  return (outputs?.logits as Tensor<'float32'> | undefined)?.data;
}
