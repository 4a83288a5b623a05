import { describe, expect, it } from 'vitest';
import { CodeMapSampling } from '../../core/code-map/code-map-sampling.ts';
import { coordinateTokens } from '../../core/code-map/coordinates.ts';
import { unknownMap } from '../../core/code-map/partial-map.ts';
import { Random } from '../../core/random.ts';
import { float32, toNumbers } from '../../core/tensor.ts';
import type { SequenceStep } from '../../runtime/index.ts';
import type { NamedTensors } from '../batcher.ts';
import { drawCodeMap } from './draw-code-map.ts';
import type { SequenceRuns } from './sequence-runs.ts';

const window = { height: 2, width: 3 };
const vocabulary = 9;
const coordinates = coordinateTokens(window, 4, vocabulary);

/** Lanes that keep the tokens of each sequence, and whose logits are drawn by all of them. */
class KeepingRuns implements SequenceRuns {
  readonly kept = new Map<string, number[]>();
  readonly steps: SequenceStep[] = [];
  /** Steps, counted from 0, before which everything is lost. */
  lossesBefore: readonly number[] = [];
  /** Step that fails. */
  failsAt: number | undefined;

  async step(feeds: NamedTensors, step: SequenceStep): Promise<NamedTensors | undefined> {
    const number = this.steps.push(step) - 1;
    if (this.lossesBefore.includes(number)) this.kept.clear();
    if (number === this.failsAt) throw new Error('the client has left');
    const before = this.kept.get(step.sequence) ?? [];
    if (before.length < step.position) return undefined;
    const tokens = feeds.tokens === undefined ? [] : toNumbers(feeds.tokens).slice(0, step.count);
    const all = [...before.slice(0, step.position), ...tokens];
    this.kept.set(step.sequence, all);
    const random = Random.of(1, ...all);
    return {
      logits: float32(
        [1, vocabulary],
        random.fill(vocabulary, (each) => each.normal()),
      ),
    };
  }

  forget(sequence: string): void {
    this.kept.delete(sequence);
  }
}

async function draw(runs: KeepingRuns, seed: number, report = (_: number) => {}) {
  const map = unknownMap({ height: 3, width: 4 });
  const sampling = new CodeMapSampling(map, { window, coordinates, conditioning: 'whole' });
  const { codes } = await drawCodeMap(sampling, { runs, random: Random.of(seed), report });
  return [...codes];
}

describe('drawCodeMap', () => {
  it('draws each code with a uniform number of its own, from what is before it', async () => {
    const codes = await draw(new KeepingRuns(), 5);
    expect(codes).toHaveLength(12);
    expect(new Set(codes).size).toBeGreaterThan(3);
    expect(await draw(new KeepingRuns(), 5)).toEqual(codes);
    expect(await draw(new KeepingRuns(), 6)).not.toEqual(codes);
  });

  it('tells how far it is, and leaves nothing on the lanes', async () => {
    const runs = new KeepingRuns();
    const told: number[] = [];
    const open: number[] = [];
    await draw(runs, 5, (fraction) => {
      told.push(fraction);
      open.push(runs.kept.size);
    });
    expect(told).toEqual(told.map((_, index) => (index + 1) / 12));
    expect(runs.kept.size).toBe(0);
    // A window is given back with its last step, not at the end.
    expect(Math.max(...open)).toBeLessThan(new Set(runs.steps.map(({ sequence }) => sequence)).size);
  });

  it('names sequences as no other drawing does', async () => {
    const runs = new KeepingRuns();
    const both = await Promise.all([draw(runs, 5), draw(runs, 7)]);
    expect(both).toEqual([await draw(new KeepingRuns(), 5), await draw(new KeepingRuns(), 7)]);
  });

  it('brings a window again that was lost, and draws the same', async () => {
    const runs = new KeepingRuns();
    runs.lossesBefore = [1, 5, 6, 9];
    expect(await draw(runs, 5)).toEqual(await draw(new KeepingRuns(), 5));
    expect(runs.steps.length).toBeGreaterThan(12);
    expect(runs.kept.size).toBe(0);
  });

  it('leaves nothing on the lanes when it fails', async () => {
    const runs = new KeepingRuns();
    runs.failsAt = 4;
    await expect(draw(runs, 5)).rejects.toThrow('the client has left');
    expect(runs.kept.size).toBe(0);
    expect(runs.steps).toHaveLength(5);
  });

  it('does not try for ever what no lane can keep from the beginning', async () => {
    const forgetful: SequenceRuns = { step: async () => undefined, forget: () => {} };
    const sampling = new CodeMapSampling(unknownMap(window), { window, coordinates });
    await expect(drawCodeMap(sampling, { runs: forgetful, random: Random.of(1) })).rejects.toThrow(
      /^internal: a lane misses sequence .*\/0, which begins$/,
    );
  });
});
