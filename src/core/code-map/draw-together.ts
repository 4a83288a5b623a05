import type { Random } from '../random.ts';
import { int64, type Tensor } from '../tensor.ts';
import type { CodeMapSampling, SamplingStep } from './code-map-sampling.ts';
import { codeProbabilities, type FilterOptions } from './code-probabilities.ts';
import { drawCode } from './draw-code.ts';

/** A map that is being drawn, and a stream of its own: the i-th code takes the i-th uniform number. */
export interface Drawing {
  readonly sampling: CodeMapSampling;
  readonly random: Random;
}

/** A network of a code transformer that remembers its sequences by name. */
export interface SequenceRunner {
  /**
   * @param tokens int64 [N, S], new tokens of N sequences
   * @param steps of each: how many of its tokens came before, and how many of the S count
   * @returns logits [N, codes] behind the last new token of each
   */
  step(
    tokens: Tensor<'int64'>,
    steps: readonly { readonly sequence: string; readonly position: number; readonly count: number }[],
  ): Promise<Tensor<'float32'>>;
  forget(sequence: string): void;
}

/**
 * Draws the unknown codes of several maps, a run for the next code of each of them. Each map is what it would be alone,
 * up to what rounding does in batches of other sizes. `sampling.map` of each is then complete.
 */
export async function drawTogether(
  drawings: readonly Drawing[],
  runner: SequenceRunner,
  filters: FilterOptions = {},
): Promise<void> {
  for (let next = unfinished(drawings); next.length > 0; next = unfinished(drawings)) {
    const longest = Math.max(...next.map(({ step }) => step.tokens.length));
    const rows = next.flatMap(({ step }) => filledUp(step.tokens, longest));
    const { data } = await runner.step(
      int64([next.length, longest], rows),
      next.map(({ step, sequence }) => ({ sequence, position: step.position, count: step.tokens.length })),
    );
    const codes = data.length / next.length;
    for (const [row, { drawing, step, sequence }] of next.entries()) {
      const logits = data.subarray(row * codes, (row + 1) * codes);
      drawing.sampling.take(drawCode(codeProbabilities(logits, filters), drawing.random.uniform()));
      if (step.lastOfWindow) runner.forget(sequence);
    }
  }
}

interface NextStep {
  readonly drawing: Drawing;
  readonly step: SamplingStep;
  /** Name of the window of the map. */
  readonly sequence: string;
}

function unfinished(drawings: readonly Drawing[]): NextStep[] {
  return drawings.flatMap((drawing, index) => {
    const { step } = drawing.sampling;
    return step === undefined ? [] : [{ drawing, step, sequence: `${index}/${step.window}` }];
  });
}

function filledUp(tokens: readonly number[], length: number): number[] {
  return [...tokens, ...new Array<number>(length - tokens.length).fill(0)];
}
