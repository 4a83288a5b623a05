import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Transition, transitionColumns, transitionOf } from '../../core/diffusion/transition.ts';
import { elementCount, float32, type Tensor, tensor, toNumbers } from '../../core/tensor.ts';
import { networkGraph } from '../../nn/network-graph.ts';
import { Scope } from '../../nn/scope.ts';
import { constantSource } from '../../nn/sources.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session } from '../../runtime/session.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { integers, normals } from '../../testing/samples.ts';
import { faithfulnessEnergy, similarityOf } from '../diffusion/energies.ts';
import { timedNetwork } from '../testing/timed-network.ts';
import { guidedStepGraph } from './guided-step-graph.ts';

const size = { height: 8, width: 12 };
const dims = [1, 3, size.height, size.width];
const pixels = elementCount(dims);
const lowPassFactor = 4;

const model = { score: timedNetwork('score', 6), classifier: timedNetwork('features', 5), size };

interface Sample {
  readonly state: Tensor;
  readonly source: Tensor;
  readonly startNoise: Tensor;
  readonly stepNoise: Tensor;
  readonly previousClean: Tensor;
  readonly time: number;
  readonly transition: Transition;
  readonly realism: number;
  readonly faithfulness: number;
}

function sample(index: number, others: Partial<Sample> = {}): Sample {
  const noise = (name: string) => normals(dims, name, index);
  const bytes = toNumbers(integers([1, size.height, size.width, 3], [0, 256], 'source', index));
  return {
    state: noise('state'),
    source: tensor('uint8', [1, size.height, size.width, 3], Uint8Array.from(bytes)),
    startNoise: noise('start'),
    stepNoise: noise('step'),
    previousClean: noise('clean'),
    time: 100 * index + 7,
    transition: transitionOf('second-order', { before: 0.2, from: 0.4, to: 0.5 }, 'fixedsmall'),
    realism: 0,
    faithfulness: 0,
    ...others,
  };
}

/** Samples of which each has the inputs of the network, as one batch. */
function feedsOf(samples: readonly Sample[]): Record<string, Tensor> {
  const planes = (name: 'state' | 'startNoise' | 'stepNoise' | 'previousClean') =>
    float32(
      [samples.length, ...dims.slice(1)],
      samples.flatMap((one) => toNumbers(one[name])),
    );
  const numbers = (name: 'time' | 'realism' | 'faithfulness') =>
    float32(
      [samples.length],
      samples.map((one) => one[name]),
    );
  return {
    source: tensor(
      'uint8',
      [samples.length, size.height, size.width, 3],
      Uint8Array.from(samples.flatMap(({ source }) => toNumbers(source))),
    ),
    state: planes('state'),
    start_noise: planes('startNoise'),
    step_noise: planes('stepNoise'),
    previous_clean: planes('previousClean'),
    time: numbers('time'),
    realism: numbers('realism'),
    faithfulness: numbers('faithfulness'),
    coefficients: float32(
      [samples.length, transitionColumns.length],
      samples.flatMap(({ transition }) => transitionColumns.map((name) => transition[name])),
    ),
  };
}

let session: Session;
beforeAll(async () => {
  const graph = guidedStepGraph(model, { lowPassFactor });
  session = await Session.create(serialize(graph), { provider: 'cpu', threads: 1 });
});
afterAll(() => session.dispose());

async function stepOf(...samples: readonly Sample[]) {
  const { next_state, clean, picture } = await session.run(feedsOf(samples));
  return { next: next_state as Tensor, clean: clean as Tensor, picture: picture as Tensor };
}

describe('the network of a guided step', () => {
  it('takes the step of its coefficients where no energy weighs', async () => {
    const given = sample(3);
    const graph = networkGraph(
      'score',
      model.score.weights,
      { x: { dtype: 'float32', shape: dims }, t: { dtype: 'float32', shape: [1] } },
      (scope, x, t) => model.score.forward(scope, x as Value, t as Value),
    );
    const noise = toNumbers(await evaluateOne(graph, { x: given.state, t: float32([1], [given.time]) }));
    const { next, clean } = await stepOf(given);
    const { transition: by } = given;
    const at = (values: Tensor, index: number) => values.data[index] as number;
    const each = (value: (index: number) => number) =>
      float32(
        dims,
        Array.from({ length: pixels }, (_, index) => value(index)),
      );
    expectClose(
      next,
      each(
        (index) =>
          by.ofState * at(given.state, index) +
          by.ofNoisePrediction * (noise[index] as number) +
          by.ofPreviousClean * at(given.previousClean, index) +
          by.ofNoise * at(given.stepNoise, index),
      ),
    );
    expectClose(
      clean,
      each((index) => (at(given.state, index) - by.deviation * (noise[index] as number)) / by.signal),
    );
  });

  it('adds the noise of an ancestral step', async () => {
    const transition = transitionOf('ancestral', { from: 0.4, to: 0.5 }, 'fixedsmall');
    const noisy = sample(1, { transition });
    const { next } = await stepOf(noisy, { ...noisy, stepNoise: float32(dims, new Float32Array(pixels)) });
    const values = toNumbers(next);
    const added = values.slice(0, pixels).map((value, index) => value - (values[pixels + index] as number));
    expectClose(
      float32(dims, added),
      toNumbers(noisy.stepNoise).map((value) => value * transition.ofNoise),
    );
  });

  it('is guided by the gradient of both energies, at the source as noised', async () => {
    const [realism, faithfulness] = [30, 0.5];
    const plain = sample(2);
    const guided = { ...plain, realism, faithfulness };
    const { signal, deviation } = plain.transition;
    const { clean } = await stepOf(plain, guided);
    const cleaned = toNumbers(clean);
    // clean = (state - deviation (noise + deviation G)) / signal
    const gradient = cleaned
      .slice(0, pixels)
      .map((value, index) => ((value - (cleaned[pixels + index] as number)) * signal) / deviation ** 2);
    const step = 0.02;
    const energies = await Promise.all(
      [step, -step].map((by) =>
        energyAt(
          guided,
          gradient.map((slope) => by * slope),
        ),
      ),
    );
    const square = gradient.reduce((sum, slope) => sum + slope * slope, 0);
    const rise = ((energies[0] as number) - (energies[1] as number)) / (2 * step);
    expect(square).toBeGreaterThan(0.1);
    expect(rise / square).toBeCloseTo(1, 2);
  });

  it('gives each sample of a batch what it has alone', async () => {
    const samples = [
      sample(0, { realism: 100 }),
      sample(1, {
        faithfulness: 2,
        transition: transitionOf('ancestral', { from: 0.1, to: 0.3 }, 'fixedlarge'),
      }),
      sample(2, {
        realism: 5,
        faithfulness: 0.3,
        transition: transitionOf('ddim', { from: 0.9, to: 1 }, 'fixedsmall'),
      }),
    ];
    const together = await stepOf(...samples);
    for (const [index, one] of samples.entries()) {
      const alone = await stepOf(one);
      for (const name of ['next', 'clean', 'picture'] as const) {
        const part = toNumbers(together[name]).slice(index * pixels, (index + 1) * pixels);
        expectClose(alone[name], part, { rtol: 0, atol: name === 'picture' ? 1 : 1e-5 });
      }
    }
  });

  it('gives the clean picture as rounded bytes', async () => {
    const { clean, picture } = await stepOf(sample(0));
    expect(picture.dims).toEqual([1, size.height, size.width, 3]);
    const plane = size.height * size.width;
    const expected = Array.from({ length: pixels }, (_, index) => {
      const value = clean.data[(index % 3) * plane + Math.floor(index / 3)] as number;
      return Math.floor(((Math.min(Math.max(value, -1), 1) + 1) / 2) * 255 + 0.5);
    });
    expect(toNumbers(picture)).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(20);
  });
});

/** lambda_s E_s + lambda_i E_i of a sample whose state is moved. */
async function energyAt(of: Sample, move: readonly number[]): Promise<number> {
  const g = new GraphBuilder('energy');
  const { signal, deviation } = of.transition;
  const source = (index: number) => {
    const [channel, pixel] = [Math.floor(index / (pixels / 3)), index % (pixels / 3)];
    return (of.source.data[pixel * 3 + channel] as number) / 127.5 - 1;
  };
  const noise = toNumbers(of.startNoise);
  const perturbed = g.constant(
    float32(
      dims,
      noise.map((value, index) => signal * source(index) + deviation * value),
    ),
  );
  const state = g.constant(
    float32(
      dims,
      toNumbers(of.state).map((value, index) => value + (move[index] as number)),
    ),
  );
  const scope = new Scope(g, constantSource(g, model.classifier.weights));
  const time = g.constant(float32([1], [of.time]));
  const features = (pictures: Value) => model.classifier.forward(scope, pictures, time);
  const unreal = similarityOf(g, 'cosine', features(state), features(perturbed));
  const unfaithful = faithfulnessEnergy(g, 'negative-l2', [state, perturbed], lowPassFactor);
  const { realism, faithfulness } = await evaluate(g.build({ realism: unreal, faithfulness: unfaithful }));
  return of.realism * Number(realism?.data[0]) + of.faithfulness * Number(faithfulness?.data[0]);
}
