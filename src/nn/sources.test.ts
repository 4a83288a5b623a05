import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../core/errors.ts';
import { float32, type Tensor } from '../core/tensor.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { linear } from './layers/linear.ts';
import { networkGraph } from './network-graph.ts';
import { Scope } from './scope.ts';
import { boundSource, constantSource, describeNetwork } from './sources.ts';

const buffer = { name: 'mean', initial: float32([2], [0, 0]), fixed: false };
const kernel = { name: 'filt', initial: float32([2], [1, 2]), fixed: true };

describe('describeNetwork', () => {
  it('lists each parameter and buffer once, under its place in the state_dict', () => {
    const state = describeNetwork((scope) => {
      const x = scope.graph.input('x', 'float32', [4, 3]);
      const inner = scope.child('model').child(2);
      linear(inner, x, { features: 5 });
      linear(inner, x, { features: 5 });
      inner.buffer(kernel);
    });
    expect(state.parameters.map(({ name, shape }) => [name, shape])).toEqual([
      ['model.2.weight', [5, 3]],
      ['model.2.bias', [5]],
    ]);
    expect(state.buffers.map(({ name }) => name)).toEqual(['model.2.filt']);
  });
});

describe('constantSource', () => {
  const weights = new Map<string, Tensor>([['weight', float32([1, 2], [1, 2])]]);
  const apply = (given: ReadonlyMap<string, Tensor>, features = 1) =>
    networkGraph('test', given, { x: { dtype: 'float32', shape: [1, 2] } }, (scope, x) =>
      linear(scope, x, { features, bias: false }),
    );

  it('makes a weight one constant, however often it is used', () => {
    const graph = new GraphBuilder('test');
    const source = constantSource(graph, weights);
    const spec = { name: 'weight', shape: [1, 2], role: 'linear-weight', fanIn: 2, fanOut: 1 } as const;
    expect(source.parameter(spec)).toBe(source.parameter(spec));
  });

  it('names the weight that is missing', () => {
    expect(() => apply(new Map())).toThrow(/no tensor "weight" of shape \[1, 2\]/);
  });

  it('names both shapes when a weight has another one', () => {
    expect(() => apply(weights, 3)).toThrow(/"weight" has shape \[1, 2\], the network needs \[3, 2\]/);
  });

  it('takes fixed buffers from the network when the weights lack them, and no others', () => {
    const source = constantSource(new GraphBuilder('test'), new Map());
    expect(source.buffer(kernel).constant).toBe(kernel.initial);
    expect(() => source.buffer(buffer)).toThrow(InvalidArgumentError);
  });
});

describe('boundSource', () => {
  it('reads an updated buffer with its new value, and reports the update', () => {
    const graph = new GraphBuilder('test');
    const mean = graph.input('mean', 'float32', [2]);
    const seen: string[] = [];
    const source = boundSource(new Map([['mean', mean]]), (name, value) =>
      seen.push(`${name}=${value.name}`),
    );
    const scope = new Scope(graph, source);
    expect(scope.buffer(buffer)).toBe(mean);
    const moved = graph.Add(mean, 1);
    scope.update('mean', moved);
    expect(scope.buffer(buffer)).toBe(moved);
    expect(seen).toEqual([`mean=${moved.name}`]);
  });

  it('names the parameter that is not bound', () => {
    expect(() => boundSource(new Map()).buffer(buffer)).toThrow(/"mean"/);
  });
});
