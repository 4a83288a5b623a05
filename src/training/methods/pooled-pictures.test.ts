import { expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { float32, toNumbers } from '../../core/tensor.ts';
import { initialState } from '../step/state.ts';
import type { StepBuilder } from '../step/step-builder.ts';
import { StepRunner } from '../step/step-runner.ts';
import { tinyMethod } from '../testing/tiny-method.ts';
import { ImagePool } from './image-pool.ts';
import type { Method, StepContext } from './method.ts';
import type { BatchShape } from './networks.ts';
import { exchangeWithPool, poolMemory } from './pooled-pictures.ts';

const seed = 4;
const steps = 30;

/** A method that only hands its pictures, [N, 1, 1, 2], to a pool, and reports the first pixel of what comes back. */
function poolingMethod(size: number, count: number): Method {
  const shape: BatchShape = [count, 1, 1, 2];
  const build = (step: StepBuilder) => {
    const g = step.graph;
    const shown = exchangeWithPool(step, 'fakes', size, step.pictures('pictures', 'A', shape));
    for (let picture = 0; picture < count; picture++) {
      const place = { starts: [picture, 0, 0, 0], ends: [picture + 1, 1, 1, 1], axes: [0, 1, 2, 3] };
      step.report(`shown ${picture}`, g.Reshape(g.Slice(shown, place), []));
    }
  };
  return { ...tinyMethod(build), memory: poolMemory('fakes', size, shape) };
}

/** Pictures are told apart by their first pixel: 1, 2, 3 and so on. */
function contextAt(iteration: number, count: number): StepContext {
  const numbers = Array.from({ length: count }, (_, index) => (iteration - 1) * count + index + 1);
  const pictures = float32(
    [count, 1, 1, 2],
    numbers.flatMap((number) => [number, -number]),
  );
  return { iteration, epoch: 1, batch: { A: pictures, B: pictures } };
}

function open(method: Method, stepsPerRun: number, state = initialState(method, 0, false)) {
  return StepRunner.open(method, state, {
    seed,
    session: { provider: 'cpu', threads: 1, optimization: 'basic' },
    averageDecay: 0,
    stepsPerRun,
    learningRateAt: () => 1,
  });
}

async function shownIn(runner: StepRunner, count: number, first: number, last: number): Promise<number[]> {
  const shown: number[] = [];
  for (let iteration = first; iteration <= last; ) {
    const length = runner.stepsFrom(iteration, last);
    const contexts = Array.from({ length }, (_, index) => contextAt(iteration + index, count));
    for (const { losses } of await runner.run(contexts)) shown.push(...Object.values(losses));
    iteration += length;
  }
  return shown;
}

/** What the pool of the reference shows with the same random numbers, and what it holds in the end. */
function reference(size: number, count: number) {
  const pool = new ImagePool<number>(size);
  const shown: number[] = [];
  for (let iteration = 1; iteration <= steps; iteration++) {
    const pictures = toNumbers(contextAt(iteration, count).batch.A).filter((value) => value > 0);
    shown.push(...pool.query(pictures, Random.of(seed, 'step', iteration, 'pool.fakes')));
  }
  return { shown, contents: pool.contents() };
}

const contentsOf = ({ state }: StepRunner) => {
  const memory = state.get('memory/fakes');
  return memory && toNumbers(memory).filter((_, index) => index % 2 === 0);
};

it.each([
  { size: 4, count: 1, stepsPerRun: 1 },
  { size: 4, count: 1, stepsPerRun: 4 },
  { size: 5, count: 3, stepsPerRun: 1 },
  { size: 2, count: 3, stepsPerRun: 7 },
])('hands out and keeps what the image pool does: %o', async ({ size, count, stepsPerRun }) => {
  const runner = await open(poolingMethod(size, count), stepsPerRun);
  const expected = reference(size, count);
  expect(await shownIn(runner, count, 1, steps)).toEqual(expected.shown);
  expect(contentsOf(runner)).toEqual(expected.contents);
  const own = Array.from({ length: steps * count }, (_, index) => index + 1);
  expect(expected.shown.filter((number, index) => number !== own[index]).length).toBeGreaterThan(5);
  await runner.close();
});

it.each([2, 9])('goes on exactly from the state after step %d', async (stop) => {
  const method = poolingMethod(4, 1);
  const before = await open(method, 1);
  const shown = await shownIn(before, 1, 1, stop);
  const after = await open(method, 1, new Map(before.state));
  shown.push(...(await shownIn(after, 1, stop + 1, steps)));
  expect(shown).toEqual(reference(4, 1).shown);
  await before.close();
  await after.close();
});

it('of size 0 is no part of the state and draws nothing', async () => {
  const method = poolingMethod(0, 2);
  expect(method.memory).toEqual({});
  const runner = await open(method, 1);
  expect(await shownIn(runner, 2, 1, 2)).toEqual([1, 2, 3, 4]);
  await runner.close();
});
