import { describe, expect, it, vi } from 'vitest';
import { betasOf } from '../../core/diffusion/betas.ts';
import { noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { samplingPlan } from '../../core/diffusion/sampling-plan.ts';
import { float32, type Tensor, tensor } from '../../core/tensor.ts';
import type { NetworkRuns } from '../network-runs.ts';
import { samplePictures } from './sample-pictures.ts';

const schedule = noiseSchedule(betasOf({ course: 'cosine', steps: 50 }));
const size = { height: 1, width: 2 };
const source = tensor('uint8', [1, 1, 2, 3], Uint8Array.of(0, 50, 100, 150, 200, 250));
const settings = {
  strength: 0.4,
  steps: 5,
  solver: 'ddim',
  realism: 1,
  faithfulness: 1,
  repeats: 1,
} as const;

/** Steps that each wait until they are let go; a step's picture has the number of the step. */
function begin(pictures: number, isGuided = true) {
  const waiting: (() => void)[][] = Array.from({ length: pictures }, () => []);
  const fed: Readonly<Record<string, Tensor>>[] = [];
  const ended = vi.fn();
  let loops = 0;
  const loop = () => {
    const steps = waiting[loops++] as (() => void)[];
    let done = 0;
    return {
      run: async (feeds: Readonly<Record<string, Tensor>>) => {
        fed.push(feeds);
        await new Promise<void>((resolve) => steps.push(resolve));
        done++;
        const planes = float32([1, 3, 1, 2], new Float32Array(6));
        return {
          next_state: planes,
          clean: planes,
          picture: tensor('uint8', [1, 1, 2, 3], new Uint8Array(6).fill(done)),
        };
      },
      end: ended,
    };
  };
  const end = vi.fn();
  let accept = () => {};
  const watcher = {
    accepted: new Promise<void>((resolve) => {
      accept = resolve;
    }),
    acceptable: vi.fn(),
    report: vi.fn(),
    queued: () => {},
    started: () => {},
    watched: false,
    preview: () => {},
  };
  const step = { network: 'step', isGuided, stepsPerRun: 1 };
  const plan = { pictures, seed: 1, settings, sampling: samplingPlan(schedule, settings), step };
  const onSteps = vi.fn();
  const finish = () => Promise.reject(new Error('nobody watches'));
  const made = samplePictures({ plan, diffusion: { schedule }, source, size, finish, watcher, onSteps }, {
    loop,
    end,
  } as Pick<NetworkRuns, 'loop' | 'end'> as NetworkRuns);
  /** Lets the step go that a picture waits for. */
  const go = async (place: number) => {
    await vi.waitFor(() => expect(waiting[place]?.length).toBeGreaterThan(0));
    (waiting[place] as (() => void)[]).shift()?.();
  };
  return { made, go, fed, watcher, accept: () => accept(), onSteps, end, ended };
}

const stepsOf = (made: Awaited<ReturnType<typeof samplePictures>>) =>
  made.map(({ done, picture }) => [done, picture.data[0]]);

describe('sampled pictures', () => {
  it('are those after the last step of each, and progress is that of all', async () => {
    const { made, go, watcher, onSteps, end, ended } = begin(2);
    for (let step = 0; step < 5; step++) await go(0);
    for (let step = 0; step < 5; step++) await go(1);
    expect(stepsOf(await made)).toEqual([
      [5, 5],
      [5, 5],
    ]);
    expect(onSteps.mock.calls).toEqual(new Array(10).fill([1]));
    expect(watcher.report.mock.calls.map(([fraction]) => fraction)).toEqual(
      Array.from({ length: 10 }, (_, index) => (index + 1) / 10),
    );
    expect([ended.mock.calls.length, end.mock.calls.length]).toEqual([2, 1]);
  });

  it('can be taken as they are once each is to be seen', async () => {
    const { made, go, watcher, accept, end } = begin(2);
    await go(0);
    await go(0);
    await vi.waitFor(() => expect(watcher.report).toHaveBeenCalledTimes(2));
    expect(watcher.acceptable).not.toHaveBeenCalled();
    await go(1);
    await vi.waitFor(() => expect(watcher.acceptable).toHaveBeenCalledTimes(1));
    await go(0);
    await vi.waitFor(() => expect(watcher.report).toHaveBeenCalledTimes(4));
    expect(watcher.acceptable).toHaveBeenCalledTimes(1);
    accept();
    // The steps that wait are not waited for.
    expect(stepsOf(await made)).toEqual([
      [3, 3],
      [1, 1],
    ]);
    expect(end).toHaveBeenCalledTimes(1);
  });

  it.each([
    [true, ['faithfulness', 'realism', 'source', 'start_noise']],
    [false, []],
  ])('are guided: %s', async (isGuided, inputs) => {
    const { made, go, fed } = begin(1, isGuided);
    for (let step = 0; step < 5; step++) await go(0);
    await made;
    const others = ['state', 'step_noise', 'previous_clean', 'time', 'coefficients'];
    expect(Object.keys(fed[0] ?? {}).sort()).toEqual([...others, ...inputs].sort());
  });
});
