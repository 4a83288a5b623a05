import { expect, it } from 'vitest';
import { Random } from '../random.ts';
import { float32, type Tensor, toNumbers } from '../tensor.ts';
import { codeMap } from './code-map.ts';
import { CodeMapSampling } from './code-map-sampling.ts';
import { drawTogether } from './draw-together.ts';
import { goingOnRight, type PartialMap, unknownMap } from './partial-map.ts';

const window = { height: 2, width: 2 };
const coordinates = [0, 1, 2, 3];
const vocabulary = 5;

/** Remembers all tokens, and finds likely what their sum names. */
class Summing {
  readonly kept = new Map<string, number[]>();
  runs = 0;

  async step(
    tokens: Tensor<'int64'>,
    steps: readonly { sequence: string; position: number; count: number }[],
  ): Promise<Tensor<'float32'>> {
    this.runs++;
    const width = tokens.dims[1] as number;
    const logits = steps.flatMap(({ sequence, position, count }, row) => {
      const before = this.kept.get(sequence) ?? [];
      expect(before.length).toBeGreaterThanOrEqual(position);
      const added = toNumbers(tokens).slice(row * width, row * width + count);
      const all = [...before.slice(0, position), ...added];
      this.kept.set(sequence, all);
      const likely = all.reduce((sum, token) => sum + token, 0) % vocabulary;
      return Array.from({ length: vocabulary }, (_, code) => (code === likely ? 2 : 0));
    });
    return float32([steps.length, vocabulary], logits);
  }

  forget(sequence: string): void {
    this.kept.delete(sequence);
  }
}

const drawing = (map: PartialMap, seed: number) => ({
  sampling: new CodeMapSampling(map, { window, coordinates, conditioning: 'whole' }),
  random: Random.of(seed),
});

it('draws maps at different places as each would be drawn alone, and forgets them', async () => {
  const maps = [unknownMap(window), goingOnRight(codeMap(2, 2, [1, 2, 3, 4]), 3), unknownMap(window)];
  const together = maps.map(drawing);
  const runner = new Summing();
  await drawTogether(together, runner);
  expect(runner.kept.size).toBe(0);
  // The widest map has six codes to draw, and the others are drawn beside them.
  expect(runner.runs).toBe(6);
  for (const [seed, map] of maps.entries()) {
    const alone = drawing(map, seed);
    await drawTogether([alone], new Summing());
    expect(together[seed]?.sampling.map).toEqual(alone.sampling.map);
  }
  expect(together[1]?.sampling.map.codes.slice(0, 2)).toEqual(Int32Array.from([1, 2]));
});

it('draws as the filters say', async () => {
  const [one, other] = [drawing(unknownMap(window), 3), drawing(unknownMap(window), 4)];
  await drawTogether([one, other], new Summing(), { topK: 1 });
  // Sum of the coordinates 6, then twice what there was.
  expect([...one.sampling.map.codes]).toEqual([1, 2, 4, 3]);
  expect(other.sampling.map).toEqual(one.sampling.map);
});
