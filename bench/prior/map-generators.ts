import { setTimeout as sleep } from 'node:timers/promises';
import { CodeMapSampling, type SamplingStep } from '../../src/core/code-map/code-map-sampling.ts';
import { codeProbabilities } from '../../src/core/code-map/code-probabilities.ts';
import { drawCode } from '../../src/core/code-map/draw-code.ts';
import { KeyValueCache } from '../../src/core/code-map/key-value-cache.ts';
import { unknownMap } from '../../src/core/code-map/partial-map.ts';
import { Random } from '../../src/core/random.ts';
import { int64, type Tensor, zeros } from '../../src/core/tensor.ts';
import type { CodeTransformerOptions } from '../../src/nn/networks/code-transformer/code-transformer.ts';
import type { Session } from '../../src/runtime/index.ts';
import { coordinates, side } from './random-prior.ts';

/** As published for pictures from nothing. */
export const filters = { temperature: 2, topK: 5 };
const window = { height: side, width: side };

/** A map under way, with draws of its own. */
interface Drawing {
  readonly sampling: CodeMapSampling;
  readonly random: Random;
}

/** Of a map from nothing, of the size of the window. */
export function newSampling(): CodeMapSampling {
  return new CodeMapSampling(unknownMap(window), { window, coordinates });
}

function drawingOf(seed: number): Drawing {
  return { sampling: newSampling(), random: Random.of(seed, 'codes') };
}

function take({ sampling, random }: Drawing, logits: Float32Array): void {
  sampling.take(drawCode(codeProbabilities(logits, filters), random.uniform()));
}

/** Draws a map by computing the whole window anew for each code, as published. @returns its codes */
export async function generateByWindow(
  session: Session,
  vocabulary: number,
  seed: number,
): Promise<Int32Array> {
  const drawing = drawingOf(seed);
  const { sampling } = drawing;
  for (let step = sampling.step; step !== undefined; step = sampling.step) {
    const tokens = [...coordinates, ...sampling.map.codes.subarray(0, -1)];
    const { logits } = await session.run({ tokens: int64([1, tokens.length], tokens) });
    const row = step.place * vocabulary;
    take(drawing, (logits as Tensor<'float32'>).data.subarray(row, row + vocabulary));
  }
  return sampling.map.codes;
}

/** Draws a map for each seed, all together, a token at a time. @returns their codes */
export async function generateByStep(
  session: Session,
  options: Required<CodeTransformerOptions>,
  seeds: readonly number[],
): Promise<Int32Array[]> {
  const { vocabulary } = options;
  const drawings = seeds.map(drawingOf);
  const { logits: first, condition } = await conditionOf(session, options);
  for (const drawing of drawings) take(drawing, first);
  const cache = cacheOf(options, seeds.length);
  // All maps are at one place, so that each step brings a token to each.
  while (drawings[0]?.sampling.step !== undefined) {
    const steps = drawings.map(({ sampling }) => sampling.step as SamplingStep);
    const tokens = steps.map((step) => step.tokens.at(-1) as number);
    const feeds = { ...cache.feeds(), ...condition, tokens: int64([steps.length, 1], tokens) };
    const outputs = await session.run(feeds);
    cache.store(
      outputs,
      tokens.map(() => 1),
    );
    const { data } = outputs.logits as Tensor<'float32'>;
    for (const [sample, drawing] of drawings.entries()) {
      take(drawing, data.subarray(sample * vocabulary, (sample + 1) * vocabulary));
    }
  }
  return drawings.map(({ sampling }) => sampling.map.codes);
}

/** The logits of the first code, and what the coordinates before it are to all maps. */
async function conditionOf(session: Session, options: Required<CodeTransformerOptions>) {
  const { layers, heads, width, vocabulary } = options;
  const names = Array.from({ length: layers }, (_, layer) => [`keys_${layer}`, `values_${layer}`]).flat();
  const none = zeros('float32', [1, heads, 0, width / heads]);
  const outputs = await session.run({
    ...cacheOf(options, 1).feeds(),
    ...Object.fromEntries(names.map((name) => [`condition_${name}`, none])),
    tokens: int64([1, coordinates.length], coordinates),
  });
  const condition = Object.fromEntries(
    names.map((name) => [`condition_${name}`, outputs[`new_${name}`] as Tensor]),
  );
  return { logits: (outputs.logits as Tensor<'float32'>).data.slice(-vocabulary), condition };
}

/** A cache for the codes of so many maps. */
function cacheOf(
  { layers, heads, positions, width }: Required<CodeTransformerOptions>,
  maps: number,
): KeyValueCache {
  const cache = new KeyValueCache({ layers, heads, positions, headSize: width / heads }, maps);
  for (let map = 0; map < maps; map++) cache.add();
  return cache;
}

/** After a run, a session's threads look for more work for a while, which would slow down what comes next. */
const settlingMilliseconds = 100;

export async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  await sleep(settlingMilliseconds);
  const start = performance.now();
  const result = await work();
  times.push(performance.now() - start);
  return result;
}

/** Codes that differ between two maps. */
export function differences(one: Int32Array, other: Int32Array): number {
  return one.reduce((count, code, place) => count + (code === other[place] ? 0 : 1), 0);
}
