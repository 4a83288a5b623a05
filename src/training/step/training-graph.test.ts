import { expect, it } from 'vitest';
import { int64, scalar, tensor } from '../../core/tensor.ts';
import { methodOf } from '../methods/index.ts';
import type { Method } from '../methods/method.ts';
import { tinyConfig } from '../testing/tiny-config.ts';
import { initialState } from './state.ts';
import { buildTrainingGraph, stackFeeds } from './training-graph.ts';

const method = methodOf(tinyConfig());
const state = initialState(method, 0, true);
const build = (stepsPerRun: number) =>
  buildTrainingGraph(method, method.steps[0] as Method['steps'][number], state, {
    averageDecay: 0.5,
    learningRateAt: () => 1,
    stepsPerRun,
  });

it('takes state and feeds, and gives what changed and the reports', () => {
  const { graph, feeds, changed, reports } = build(1);
  expect(graph.inputs.map(({ name }) => name).sort()).toEqual(
    [...state.keys(), ...feeds.map(({ name }) => name)].sort(),
  );
  expect([...changed].sort()).toEqual([...state.keys()].sort());
  expect(reports).toEqual(['D_fake', 'D_real', 'D', 'G_GAN', 'NCE', 'NCE_Y', 'G']);
  expect(graph.outputs).toHaveLength(changed.length + reports.length);
});

it('stacks the feeds of several steps, and gives a report for each of them', () => {
  const [single, several] = [build(1), build(3)];
  const shapes = ({ graph }: typeof single) => new Map(graph.inputs.map(({ name, shape }) => [name, shape]));
  for (const { name, shape } of single.feeds) expect(shapes(several).get(name)).toEqual([3, ...shape]);
  for (const { shape } of several.graph.outputs.slice(-single.reports.length)) expect(shape).toEqual([3]);
});

it('has inputs named as runs have drawn their random numbers', () => {
  const names = build(1).feeds.map(({ name }) => name);
  expect(names.slice(0, 2)).toEqual(['real_A', 'real_B']);
  expect(names).toContain('ids.NCE.l0');
  expect(names).toContain('ids.NCE_Y.l3');
});

it('keeps type and order when it stacks', () => {
  expect(stackFeeds([scalar(1), scalar(2)])).toEqual(tensor('float32', [2], Float32Array.of(1, 2)));
  expect(stackFeeds([int64([2], [1, 2]), int64([2], [3, 4])])).toEqual(int64([2, 2], [1, 2, 3, 4]));
  expect(stackFeeds([tensor('bool', [], Uint8Array.of(1))])).toEqual(tensor('bool', [1], Uint8Array.of(1)));
});
