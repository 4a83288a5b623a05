import { describe, expect, it } from 'vitest';
import { float32, type Tensor } from '../../../core/tensor.ts';
import { shapeText } from '../../../onnx/dimension.ts';
import type { Value } from '../../../onnx/ir.ts';
import { expectClose } from '../../../testing/close.ts';
import { evaluateOne } from '../../../testing/evaluate-one.ts';
import { networkGraph } from '../../network-graph.ts';
import type { Scope } from '../../scope.ts';
import { describeNetwork } from '../../sources.ts';
import { adaptiveInstanceNorm } from './adaptive-instance-norm.ts';
import { vqDiscriminator } from './discriminator.ts';
import { levelsOf } from './levels.ts';
import { styleBlocks } from './style-blocks.ts';

type Build = (scope: Scope, x: Value) => Value;

function run(build: Build, x: Tensor, weights: Readonly<Record<string, Tensor>>): Promise<Tensor> {
  const input = { dtype: 'float32', shape: x.dims } as const;
  return evaluateOne(networkGraph('part', new Map(Object.entries(weights)), { x: input }, build), { x });
}

describe('adaptiveInstanceNorm', () => {
  it('shifts and scales each channel of each picture as it is told, by the scale itself', async () => {
    const x = float32([2, 1, 1, 2], [0, 2, 5, 9]);
    const y = await run(
      (scope, value) => {
        const { graph: g } = scope;
        const [weight, bias] = [float32([2, 1], [3, 0]), float32([2, 1], [10, 20])];
        return adaptiveInstanceNorm(scope, value, { weight: g.constant(weight), bias: g.constant(bias) });
      },
      x,
      { running_mean: float32([1], [7]), running_var: float32([1], [7]) },
    );
    expectClose(y, [7, 13, 20, 20], { atol: 1e-4 });
  });
});

describe('styleBlocks', () => {
  it('refuses a modulation of another length', () => {
    const build = (scope: Scope) => {
      const maps = scope.graph.input('maps', 'float32', [1, 3, 4, 4]);
      return styleBlocks(scope, maps, scope.graph.input('modulation', 'float32', [1, 40]));
    };
    expect(() => describeNetwork(build)).toThrow(
      'maps of 3 channels are styled by 48 numbers a picture, got [1, 40]',
    );
  });
});

describe('levelsOf', () => {
  it('is laid out as published where nothing else is asked for', () => {
    const { levels, lowest, contentChannels } = levelsOf({});
    expect(levels.map(({ filters }) => filters)).toEqual([128, 128, 256, 256, 512]);
    expect(levels.map(({ attention }) => attention)).toEqual([false, false, false, false, true]);
    expect([lowest, contentChannels]).toEqual([512, 256]);
  });

  it('refuses to have none', () => {
    expect(() => levelsOf({ multipliers: [] })).toThrow('an encoder has one or more levels, got none');
  });
});

describe('vqDiscriminator', () => {
  it('has a bias where no norm follows, and twice the channels after each halving', () => {
    const { forward } = vqDiscriminator({ filters: 4 });
    let text = '';
    const { parameters } = describeNetwork((scope) => {
      text = shapeText(forward(scope, scope.graph.input('x', 'float32', [1, 3, 32, 32])).shape);
    });
    expect(text).toBe('[1, 1, 2, 2]');
    expect(parameters.map(({ name }) => name)).toEqual([
      'main.0.weight',
      'main.0.bias',
      ...[2, 5, 8].flatMap((index) => [
        `main.${index}.weight`,
        `main.${index + 1}.weight`,
        `main.${index + 1}.bias`,
      ]),
      'main.11.weight',
      'main.11.bias',
    ]);
  });
});
