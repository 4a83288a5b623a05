import { describe, expect, it } from 'vitest';
import { betasOf } from '../../core/diffusion/betas.ts';
import { GuidedSampling, planesOf, seededNoise } from '../../core/diffusion/guided-sampling.ts';
import { noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { samplingPictures } from '../../core/diffusion/run-sampling.ts';
import { type SamplingOptions, samplingPlan } from '../../core/diffusion/sampling-plan.ts';
import { solvers } from '../../core/diffusion/transition.ts';
import { type Tensor, tensor, toNumbers } from '../../core/tensor.ts';
import type { Graph } from '../../onnx/ir.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session } from '../../runtime/session.ts';
import { integers } from '../../testing/samples.ts';
import { timedNetwork } from '../testing/timed-network.ts';
import { guidedStepGraph, guidedStepsGraph, unguidedStepGraph } from './guided-step-graph.ts';

const size = { height: 8, width: 8 };
const model = { score: timedNetwork('score', 6), classifier: timedNetwork('features', 5), size };
const schedule = noiseSchedule(betasOf({ course: 'linear', steps: 40, first: 2.5e-3, last: 0.5 }));
const bytes = toNumbers(integers([1, 8, 8, 3], [0, 256], 'source'));
const source = tensor('uint8', [1, 8, 8, 3], Uint8Array.from(bytes));

interface Request extends SamplingOptions {
  /** Default 4. */
  readonly seed?: number;
  readonly weights?: { readonly realism: number; readonly faithfulness: number };
  readonly stepsPerRun?: number;
  /** Steps after which nobody wants more. */
  readonly enough?: number;
}

/** Runs a sampling on a graph of its own. @returns what it showed after each step */
async function shown(
  graph: Graph,
  { weights, enough, seed = 4, stepsPerRun = 1, ...options }: Request,
): Promise<Tensor[]> {
  const session = await Session.create(serialize(graph), { provider: 'cpu', threads: 1 });
  const noise = seededNoise(schedule, { seed, place: 0, length: bytes.length });
  const sampling = new GuidedSampling(samplingPlan(schedule, options), planesOf(source), noise);
  const given = {
    size,
    stepsPerRun,
    ...(weights === undefined ? {} : { guidance: { source, ...weights } }),
  };
  const pictures: Tensor[] = [];
  for await (const { done, total, picture } of samplingPictures(sampling, given, (feeds) =>
    session.run(feeds),
  )) {
    pictures.push(picture);
    expect([done, total]).toEqual([sampling.done, sampling.total]);
    if (done === enough) break;
  }
  await session.dispose();
  return pictures;
}

const guided = guidedStepGraph(model, { lowPassFactor: 4 });
const plain = { realism: 0, faithfulness: 0 };

describe('a sampling on the network of its steps', () => {
  it.each(solvers)(
    'by %s goes to a picture that is nearer to the source where faithfulness weighs',
    async (solver) => {
      const options = { strength: 0.5, steps: 10, solver };
      // Of several noises: where one leads, a network that learned nothing may hold against the energy.
      const error = async (faithfulness: number) => {
        let sum = 0;
        for (let seed = 1; seed <= 8; seed++) {
          const pictures = await shown(guided, { ...options, seed, weights: { realism: 0, faithfulness } });
          expect(pictures.length).toBe(10);
          sum += coarseDistance(pictures.at(-1) as Tensor);
        }
        return sum;
      };
      expect(await error(1)).toBeLessThan(0.9 * (await error(0)));
    },
  );

  it('without energies is what it is with energies of no weight', async () => {
    const options = { strength: 0.4, steps: 6, repeats: 2 };
    const [without, zero] = [
      await shown(unguidedStepGraph(model), options),
      await shown(guided, { ...options, weights: plain }),
    ];
    expect(without.length).toBe(12);
    expect(without).toEqual(zero);
  });

  it('is the same with several steps a run, but for the pictures in between', async () => {
    const options = { strength: 0.4, steps: 7, repeats: 2, weights: { realism: 20, faithfulness: 0.5 } };
    for (const solver of solvers) {
      const single = await shown(guided, { ...options, solver });
      const several = await shown(guidedStepsGraph(model, { lowPassFactor: 4 }), {
        ...options,
        solver,
        stepsPerRun: 3,
      });
      expect(several).toEqual([2, 5, 6, 9, 12, 13].map((index) => single[index]));
    }
  });

  it('ends when nobody wants more', async () => {
    const pictures = await shown(guided, { strength: 1, steps: 12, weights: plain, enough: 3 });
    expect(pictures.length).toBe(3);
  });
});

/** Mean difference of the means of squares of 4 x 4 pixels, in levels. */
function coarseDistance(picture: Tensor): number {
  const sums = new Float64Array(2 * 2 * 3);
  const result = toNumbers(picture);
  for (const [index, value] of result.entries()) {
    const [row, column, channel] = [Math.floor(index / 24), Math.floor(index / 3) % 8, index % 3];
    const cell = (Math.floor(row / 4) * 2 + Math.floor(column / 4)) * 3 + channel;
    sums[cell] = (sums[cell] as number) + (value - (bytes[index] as number)) / 16;
  }
  return sums.reduce((total, sum) => total + Math.abs(sum), 0) / sums.length;
}
