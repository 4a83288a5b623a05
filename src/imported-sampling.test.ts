import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { betasOf } from './core/diffusion/betas.ts';
import { GuidedSampling, planesOf, seededNoise } from './core/diffusion/guided-sampling.ts';
import { noiseSchedule } from './core/diffusion/noise-schedule.ts';
import { samplingPictures } from './core/diffusion/run-sampling.ts';
import { type SamplingOptions, samplingPlan } from './core/diffusion/sampling-plan.ts';
import { solvers } from './core/diffusion/transition.ts';
import { Random } from './core/random.ts';
import { type Tensor, tensor } from './core/tensor.ts';
import { decode, encode, type Pixels } from './image/index.ts';
import { LanePool, Session } from './runtime/index.ts';
import { pictureForm, startHarness } from './serving/testing/harness.ts';
import { importModel } from './training/import/import-model.ts';

/** Checkpoints of EGSDE, small ones in the published layout, imported and served. */

const published = fileURLToPath(new URL('training/import/fixtures/egsde', import.meta.url));
const size = { width: 16, height: 16 };
const session = { provider: 'cpu', threads: 1 } as const;
const schedule = noiseSchedule(betasOf({ course: 'linear', steps: 1000, first: 1e-4, last: 0.02 }));
const source = noise(1);

function noise(seed: number): Pixels {
  const random = Random.of(seed, 'picture');
  return { ...size, data: Uint8Array.from({ length: 16 * 16 * 3 }, () => random.integer(256)) };
}

type Fields = Readonly<Record<string, string>>;

let folder = '';
const importCat2dog = async (models: string) => {
  folder = await importModel({
    file: path.join(published, 'model.pt'),
    classifier: path.join(published, 'dse.pt'),
    name: 'cat2dog',
    source: 'cat',
    target: 'dog',
    changes: [{ score: { headChannels: 16 } }, { classifier: { headChannels: 16 } }],
    lowPass: 4,
    severalSteps: true,
    pictures: [],
    commands: [],
    software: 'unpaired test',
    models,
    session,
  });
};

async function start(lanes: number, environment: Fields = {}) {
  const restartDelay = { firstMilliseconds: 20, longestMilliseconds: 80 };
  return startHarness<LanePool>({
    lanes: await LanePool.start({ lanes, threadsPerLane: 1, provider: 'cpu', restartDelay }),
    environment,
    models: importCat2dog,
  });
}

let service: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  service = await start(2);
}, 60_000);
afterAll(() => service?.close());

async function translate(fields: Fields, { app } = service): Promise<Uint8Array> {
  const { payload, headers } = pictureForm(await encode(source, { format: 'png' }), fields);
  const answer = await app.inject({ method: 'POST', url: '/translate/cat2dog', headers, payload });
  expect(answer.statusCode, answer.body).toBe(200);
  return (await decode(answer.rawPayload)).data;
}

const difference = (a: Uint8Array, b: Uint8Array) =>
  Math.max(...a.map((level, at) => Math.abs(level - (b[at] as number))));

/** The same by the guided step alone, in this process. */
async function sampled(options: SamplingOptions, weights: { realism: number; faithfulness: number }) {
  const bytes = tensor('uint8', [1, 16, 16, 3], source.data);
  const own = seededNoise(schedule, { seed: 7, place: 0, length: source.data.length });
  const sampling = new GuidedSampling(samplingPlan(schedule, options), planesOf(bytes), own);
  const step = await Session.create(path.join(folder, 'step.onnx'), session);
  try {
    let last: Tensor<'uint8'> | undefined;
    const given = { size, guidance: { source: bytes, ...weights } };
    for await (const { picture } of samplingPictures(sampling, given, (feeds) => step.run(feeds)))
      last = picture;
    return last?.data ?? new Uint8Array();
  } finally {
    await step.dispose();
  }
}

const textOf = (settings: object) =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));

describe('an imported model of EGSDE', () => {
  it.each([
    [{ strength: 0.5, steps: 8, solver: 'ancestral', realism: 2, faithfulness: 0.1 }],
    [{ strength: 0.3, steps: 6, solver: 'second-order', realism: 0, faithfulness: 0.2, repeats: 2 }],
    [{ strength: 0.4, steps: 7, solver: 'ddim', realism: 0, faithfulness: 0 }],
  ] as const)('samples with %j', async (settings) => {
    const served = await translate({ ...textOf(settings), seed: '7' });
    expect(difference(served, await sampled(settings, settings))).toBeLessThanOrEqual(1);
  });

  it('makes several steps in one run where that is set, to the same picture', async () => {
    const several = await start(1, { STEPS_PER_RUN: '4' });
    try {
      const settings = {
        strength: 0.5,
        steps: 6,
        solver: 'ancestral',
        realism: 2,
        faithfulness: 0.1,
      } as const;
      const fields = { ...textOf(settings), repeats: '2', seed: '7' };
      const runs = async (network: string) => {
        const { body } = await several.app.inject({ url: '/metrics' });
        const line = new RegExp(`unpaired_runs_total{network="cat2dog/1/${network}",outcome="ok"} (\\d+)`);
        return Number(line.exec(body)?.[1] ?? 0);
      };
      expect(difference(await translate(fields, several), await translate(fields))).toBeLessThanOrEqual(1);
      // Of six steps, four and two, in each repeat.
      expect([await runs('steps'), await runs('step')]).toEqual([4, 0]);
      await translate({ ...fields, realism: '0', faithfulness: '0' }, several);
      expect([await runs('steps'), await runs('plain-step')]).toEqual([4, 12]);
      const { body } = await several.app.inject({ url: '/metrics' });
      expect(body).toContain('unpaired_sampling_steps_total{model="cat2dog"} 24');
    } finally {
      await several.close();
    }
  }, 60_000);

  it('gives twelve that come at random what each gets alone, also when a lane is killed', async () => {
    const requests = Array.from({ length: 12 }, (_, seed) => {
      const random = Random.of(seed, 'request');
      const delay = random.integer(200);
      const settings = {
        steps: 4 + random.integer(12),
        strength: 0.1 + 0.1 * random.integer(8),
        solver: solvers[seed % solvers.length],
        realism: seed % 4 === 0 ? 0 : random.integer(3),
        faithfulness: seed % 4 === 0 ? 0 : 0.1,
      };
      return {
        delay,
        fields: { ...textOf(settings), strength: settings.strength.toFixed(1), seed: String(seed) },
      };
    });
    const alone: Uint8Array[] = [];
    for (const { fields } of requests) alone.push(await translate(fields));
    const together = requests.map(async ({ delay, fields }, index) => {
      await new Promise((resolve) => setTimeout(resolve, delay));
      expect(difference(await translate(fields), alone[index] as Uint8Array)).toBeLessThanOrEqual(1);
    });
    await new Promise((resolve) => setTimeout(resolve, 250));
    process.kill(service.lanes.lanes[0]?.pid as number, 'SIGKILL');
    await Promise.all(together);
    expect(service.lanes.lanes[0]?.restartReasons.died).toBe(1);
  }, 60_000);
});
