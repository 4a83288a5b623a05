import { CodeMapSampling, type SamplingStep } from '../../src/core/code-map/code-map-sampling.ts';
import { codeProbabilities } from '../../src/core/code-map/code-probabilities.ts';
import { drawCode } from '../../src/core/code-map/draw-code.ts';
import { KeyValueCache } from '../../src/core/code-map/key-value-cache.ts';
import { unknownMap } from '../../src/core/code-map/partial-map.ts';
import { Random } from '../../src/core/random.ts';
import { int64, type Tensor } from '../../src/core/tensor.ts';
import type { CodeTransformerOptions } from '../../src/nn/networks/code-transformer/code-transformer.ts';
import type { Session } from '../../src/runtime/index.ts';
import { coordinates, side } from './random-prior.ts';

/** As published for pictures from nothing. */
const filters = { temperature: 2, topK: 5 };
const window = { height: side, width: side };

/** A map under way, with draws of its own. */
interface Drawing {
  readonly sampling: CodeMapSampling;
  readonly random: Random;
}

function drawingOf(seed: number): Drawing {
  const sampling = new CodeMapSampling(unknownMap(window), { window, coordinates });
  return { sampling, random: Random.of(seed, 'codes') };
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
  { layers, heads, positions, width, vocabulary }: Required<CodeTransformerOptions>,
  seeds: readonly number[],
): Promise<Int32Array[]> {
  const cache = new KeyValueCache({ layers, heads, positions, headSize: width / heads }, seeds.length);
  const drawings = seeds.map(drawingOf);
  for (const _ of seeds) cache.add();
  while (drawings[0]?.sampling.step !== undefined) {
    // All maps are at one place, so that each step brings as many tokens.
    const steps = drawings.map(({ sampling }) => sampling.step as SamplingStep);
    const counts = steps.map(({ tokens }) => tokens.length);
    const tokens = int64(
      [steps.length, counts[0] as number],
      steps.flatMap((step) => step.tokens),
    );
    const outputs = await session.run({ ...cache.feeds(), tokens });
    cache.store(outputs, counts);
    const { data } = outputs.logits as Tensor<'float32'>;
    for (const [sample, drawing] of drawings.entries()) {
      const end = (sample + 1) * (counts[sample] as number) * vocabulary;
      take(drawing, data.subarray(end - vocabulary, end));
    }
  }
  return drawings.map(({ sampling }) => sampling.map.codes);
}
