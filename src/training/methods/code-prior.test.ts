import { describe, expect, it } from 'vitest';
import { coordinateTokens } from '../../core/code-map/coordinates.ts';
import { int64, type Tensor, toNumbers } from '../../core/tensor.ts';
import { networkGraph } from '../../nn/network-graph.ts';
import type { Value } from '../../onnx/ir.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { integers } from '../../testing/samples.ts';
import { codePriorSchema } from '../config/code-prior.ts';
import { initialState, stateDictOf, type TrainingState } from '../step/state.ts';
import { StepRunner } from '../step/step-runner.ts';
import { codePrior, priorTransformer } from './code-prior.ts';
import type { Method, StepContext } from './method.ts';

const space = { codebookSize: 7, window: { height: 2, width: 3 }, pixelsPerCode: 4 };
const places = 6;
const optionsWith = (optimizer: object = {}) =>
  codePriorSchema.parse({ layers: 1, heads: 2, width: 8, optimizer: { learningRate: 0.01, ...optimizer } });

function contexts(count: number, maps: (domain: 'A' | 'B', iteration: number) => Tensor): StepContext[] {
  return Array.from({ length: count }, (_, index) => {
    const iteration = index + 1;
    return { iteration, epoch: 1, batch: { A: maps('A', iteration), B: maps('B', iteration) } };
  });
}

async function train(method: Method, steps: readonly StepContext[]) {
  const start = initialState(method, 1, false);
  const runner = await StepRunner.open(method, start, {
    seed: 1,
    session: { provider: 'cpu', threads: 1 },
    averageDecay: 0,
    stepsPerRun: 1,
    learningRateAt: () => 1,
  });
  const losses: Readonly<Record<string, number>>[] = [];
  for (const step of steps) for (const report of await runner.run([step])) losses.push(report.losses);
  await runner.close();
  return { start, losses, state: runner.state };
}

/** The loss by its definition: every code predicted from the coordinates and the codes before it, one by one. */
async function lossByHand(state: TrainingState, codes: readonly number[]): Promise<number> {
  const method = codePrior(optionsWith(), space, 1);
  const transformer = priorTransformer(optionsWith(), space);
  const coordinates = coordinateTokens(space.window, space.pixelsPerCode, space.codebookSize);
  const weights = stateDictOf(method, state, 'transformer', false);
  let sum = 0;
  for (const [place, code] of codes.entries()) {
    const sequence = [...coordinates, ...codes.slice(0, place)];
    const inputs = { tokens: { dtype: 'int64', shape: [1, sequence.length] } } as const;
    const graph = networkGraph('prior', weights, inputs, (scope, tokens) =>
      transformer.forward(scope, tokens as Value, sequence.length - 1),
    );
    const logits = toNumbers(await evaluateOne(graph, { tokens: int64([1, sequence.length], sequence) }));
    const total = Math.log(logits.reduce((all, logit) => all + Math.exp(logit), 0));
    sum += total - (logits[code] as number);
  }
  return sum / codes.length;
}

describe('codePrior', () => {
  it('costs what each code costs after the coordinates and the codes before it, in both domains', async () => {
    const method = codePrior(optionsWith(), space, 2);
    const [context] = contexts(1, (domain) => integers([2, 2, 3], [0, 7], domain)) as [StepContext];
    const { start, losses } = await train(method, [context]);
    const [first] = losses as [Record<string, number>];
    for (const domain of ['A', 'B'] as const) {
      const codes = toNumbers(context.batch[domain]);
      const each = [codes.slice(0, places), codes.slice(places)];
      const costs = await Promise.all(each.map((map) => lossByHand(start, map)));
      expect(first[`prior_${domain}`]).toBeCloseTo(((costs[0] as number) + (costs[1] as number)) / 2, 5);
    }
    expect(first.prior).toBeCloseTo((first.prior_A as number) + (first.prior_B as number), 5);
  });

  it('learns maps that follow a rule', async () => {
    const method = codePrior(optionsWith({ learningRate: 0.02, beta1: 0.9 }), space, 4);
    const counting = (domain: 'A' | 'B', iteration: number) => {
      const starts = toNumbers(integers([4], [0, 7], domain, iteration));
      return int64(
        [4, 2, 3],
        starts.flatMap((start) => Array.from({ length: 6 }, (_, at) => (start + at) % 7)),
      );
    };
    const { losses } = await train(method, contexts(120, counting));
    // The first code of six may be any of seven; the others follow from it.
    const best = (2 * Math.log(7)) / places;
    expect(losses[0]?.prior).toBeCloseTo(2 * Math.log(7), 1);
    expect(losses.at(-1)?.prior).toBeLessThan(best + 0.25);
  });

  it('begins as minGPT does', () => {
    const state = initialState(codePrior(optionsWith(), space, 1), 1, false);
    const valuesOf = (key: string) => toNumbers(state.get(`transformer.${key}`) as Tensor);
    expect(new Set(valuesOf('pos_emb'))).toEqual(new Set([0]));
    expect(new Set(valuesOf('blocks.0.ln1.weight'))).toEqual(new Set([1]));
    expect(new Set(valuesOf('blocks.0.mlp.0.bias'))).toEqual(new Set([0]));
    for (const key of ['tok_emb.weight', 'blocks.0.mlp.0.weight']) {
      const values = valuesOf(key);
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
      expect(deviation).toBeGreaterThan(0.015);
      expect(deviation).toBeLessThan(0.025);
    }
  });

  it('lets weights of linear layers decay and nothing else', () => {
    const method = codePrior(optionsWith({ weightDecay: 0.01, decoupledDecay: true }), space, 1);
    const decayed = method.networks.transformer?.state.parameters
      .filter((spec) => method.optimizers.transformer?.decays?.(spec))
      .map(({ name }) => name.replace('blocks.0.', ''));
    expect(decayed?.sort()).toEqual(
      [
        ...['key', 'query', 'value', 'proj'].map((name) => `attn.${name}.weight`),
        'mlp.0.weight',
        'mlp.2.weight',
        'head.weight',
      ].sort(),
    );
  });
});
