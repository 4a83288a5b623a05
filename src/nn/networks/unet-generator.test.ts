import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../core/errors.ts';
import { scaleDim, shapeText, symbol } from '../../onnx/dimension.ts';
import { GraphError } from '../../onnx/errors.ts';
import type { Scope } from '../scope.ts';
import { describeNetwork } from '../sources.ts';
import { unetGenerator } from './unet-generator.ts';

const small = { filters: 2, downs: 5, outputChannels: 3 };

describe('unetGenerator', () => {
  it('keeps every size that is a multiple of its smallest', () => {
    describeNetwork((scope) => {
      const shape = [symbol('N'), 3, scaleDim(symbol('h'), 32), scaleDim(symbol('w'), 32)];
      const y = unetGenerator(small).forward(scope, scope.graph.input('x', 'float32', shape));
      expect(shapeText(y.shape)).toBe('[N, 3, 32*h, 32*w]');
    });
  });

  it('refuses a picture that does not halve so often', () => {
    const build = (scope: Scope) =>
      unetGenerator(small).forward(scope, scope.graph.input('x', 'float32', [1, 3, 48, 48]));
    expect(() => describeNetwork(build)).toThrow(GraphError);
  });

  it('joins the rectified input of each level to its result, as the published in-place ReLU leaves it', () => {
    describeNetwork((scope) => {
      const { graph } = scope;
      unetGenerator(small).forward(scope, graph.input('x', 'float32', [1, 3, 32, 32]));
      const joins = graph.appended.filter(({ operator }) => operator === 'Concat');
      expect(joins.map(({ inputs }) => inputs[0]?.producer?.operator)).toEqual(
        new Array<string>(small.downs - 1).fill('LeakyRelu'),
      );
    });
  });

  it('keeps its parameter names with dropout, which has none', () => {
    const keys = (dropout: boolean) =>
      describeNetwork((scope) =>
        unetGenerator({ ...small, downs: 6, dropout }).forward(
          scope,
          scope.graph.input('x', 'float32', [1, 3, 64, 64]),
        ),
      ).parameters.map(({ name }) => name);
    expect(keys(true)).toEqual(keys(false));
  });

  it('refuses fewer than five halvings', () => {
    expect(() => unetGenerator({ downs: 4 })).toThrow(InvalidArgumentError);
  });
});
