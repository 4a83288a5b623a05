import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../../core/errors.ts';
import { Random } from '../../../core/random.ts';
import { float32, type Tensor, toNumbers } from '../../../core/tensor.ts';
import { shapeText, symbol } from '../../../onnx/dimension.ts';
import { GraphError } from '../../../onnx/errors.ts';
import type { Value } from '../../../onnx/ir.ts';
import { evaluate } from '../../../testing/evaluate.ts';
import { normals } from '../../../testing/samples.ts';
import { initializeNetwork } from '../../initialize.ts';
import { networkGraph } from '../../network-graph.ts';
import type { Scope } from '../../scope.ts';
import { describeNetwork } from '../../sources.ts';
import { attributeEncoder } from './attribute-encoder.ts';
import { contentDiscriminator } from './content-discriminator.ts';
import { contentEncoder } from './content-encoder.ts';
import { domainDiscriminator } from './domain-discriminator.ts';
import { exemplarGenerator } from './exemplar-generator.ts';

const variants = ['concat', 'feature-wise'] as const;

type Inputs = Readonly<Record<string, readonly (number | string)[]>>;
type Apply = (scope: Scope, inputs: readonly Value[]) => readonly Value[];

/** Shapes of what a network gives for inputs of such shapes; texts are free sizes. */
function shapesOf(inputs: Inputs, apply: Apply): string[] {
  let texts: string[] = [];
  describeNetwork((scope) => {
    texts = apply(scope, inputsOf(scope, inputs)).map(({ shape }) => shapeText(shape));
  });
  return texts;
}

function inputsOf(scope: Scope, inputs: Inputs): Value[] {
  return Object.entries(inputs).map(([name, shape]) =>
    scope.graph.input(
      name,
      'float32',
      shape.map((size) => (typeof size === 'number' ? size : symbol(size))),
    ),
  );
}

function namesOf(inputs: Inputs, apply: Apply): string[] {
  return describeNetwork((scope) => apply(scope, inputsOf(scope, inputs))).parameters.map(({ name }) => name);
}

/** What a network with drawn weights gives for drawn inputs. */
async function run(inputs: Readonly<Record<string, Tensor>>, apply: Apply): Promise<Tensor[]> {
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { dims }]) => [name, dims]));
  const state = describeNetwork((scope) => apply(scope, inputsOf(scope, shapes)));
  const weights = initializeNetwork(state, { type: 'xavier', gain: 1 }, Random.of(3, 'drit'));
  const declared = Object.entries(shapes).map(
    ([name, shape]) => [name, { dtype: 'float32', shape } as const] as const,
  );
  const graph = networkGraph('test', weights, Object.fromEntries(declared), (scope, ...values) =>
    apply(scope, values),
  );
  const outputs = await evaluate(graph, inputs);
  return graph.outputs.map(({ name }) => outputs[name] as Tensor);
}

const largestDifference = (a: Tensor, b: Tensor) => {
  const other = toNumbers(b);
  return Math.max(...toNumbers(a).map((value, index) => Math.abs(value - (other[index] as number))));
};

describe('contentEncoder', () => {
  const { forward } = contentEncoder({ width: 2 });
  const apply: Apply = (scope, [x]) => [forward(scope, 'A', x as Value)];

  it('gives a quarter of the size, in four times the channels', () => {
    expect(shapesOf({ x: [2, 1, 20, 28] }, apply)).toEqual(['[2, 8, 5, 7]']);
  });

  it('has one block for both domains, all else for each', () => {
    const ofB: Apply = (scope, [x]) => [forward(scope, 'B', x as Value)];
    const [a, b] = [namesOf({ x: [1, 3, 16, 16] }, apply), namesOf({ x: [1, 3, 16, 16] }, ofB)];
    expect(a.filter((name) => b.includes(name))).toEqual(a.filter((name) => name.startsWith('conv_share.')));
    expect(b).toEqual(a.map((name) => name.replace('convA', 'convB')));
  });

  it('adds the noise that it is given', async () => {
    const x = normals([1, 3, 16, 16], 'x');
    const noise = normals([1, 8, 4, 4], 'noise');
    const [silent, noisy] = (await run({ x, noise }, (scope, [pictures, added]) => [
      forward(scope, 'A', pictures as Value),
      forward(scope, 'A', pictures as Value, added),
    ])) as [Tensor, Tensor];
    const expected = toNumbers(silent).map((value, index) => value + (noise.data[index] as number));
    expect(largestDifference(noisy, float32(silent.dims, expected))).toBeLessThan(1e-6);
  });
});

describe.each(variants)('attributeEncoder, %s', (variant) => {
  const { forward } = attributeEncoder({ variant, width: 2, attributeCodeSize: 5 });
  const apply: Apply = (scope, [x]) => {
    const { mean, logVariance } = forward(scope, 'B', x as Value);
    return logVariance === undefined ? [mean] : [mean, logVariance];
  };
  const codes = (text: string) => (variant === 'concat' ? [text, text] : [text]);

  it.each([
    [[2, 3, 32, 32], '[2, 5]'],
    // 27 of the published crop of 216 is odd when it is halved.
    [[1, 1, 216, 52], '[1, 5]'],
    [['N', 3, 'H', 'W'], '[N, 5]'],
  ])('gives codes for pictures %j', (shape, text) => {
    expect(shapesOf({ x: shape }, apply)).toEqual(codes(text));
  });

  it('has weights of its own for each domain', () => {
    const ofA: Apply = (scope, [x]) => [forward(scope, 'A', x as Value).mean];
    const [a, b] = [namesOf({ x: [1, 3, 32, 32] }, ofA), namesOf({ x: [1, 3, 32, 32] }, apply)];
    expect(a.filter((name) => b.includes(name))).toEqual([]);
  });
});

describe.each(variants)('exemplarGenerator, %s', (variant) => {
  const { forward } = exemplarGenerator({ variant, outputChannels: 2 });
  const apply: Apply = (scope, [content, attribute]) => [
    forward(scope, 'B', content as Value, attribute as Value),
  ];

  it.each([
    [[2, 8, 5, 7], [2, 3], '[2, 2, 20, 28]'],
    [['N', 8, 'h', 'w'], ['N', 8], '[N, 2, 4*h, 4*w]'],
  ])('makes pictures of content %j and codes %j', (content, attribute, text) => {
    expect(shapesOf({ content, attribute }, apply)).toEqual([text]);
  });

  it('makes other pictures of other codes, each of its own alone', async () => {
    const content = normals([1, 8, 4, 4], 'content');
    const twice = float32([2, 8, 4, 4], [...content.data, ...content.data]);
    const [one, other] = [normals([1, 4], 'one'), normals([1, 4], 'other')];
    const both = float32([2, 4], [...one.data, ...other.data]);
    const [pictures] = (await run({ content: twice, attribute: both }, apply)) as [Tensor];
    const [first] = (await run({ content, attribute: one }, apply)) as [Tensor];
    const half = pictures.data.length / 2;
    const [own, changed] = [pictures.data.slice(0, half), pictures.data.slice(half)].map((data) =>
      float32(first.dims, data as Float32Array),
    ) as [Tensor, Tensor];
    expect(largestDifference(own, first)).toBeLessThan(1e-5);
    expect(largestDifference(own, changed)).toBeGreaterThan(0.01);
    expect(Math.max(...toNumbers(pictures).map(Math.abs))).toBeLessThanOrEqual(1);
  });
});

describe('domainDiscriminator', () => {
  it.each([
    [1, ['[2, 1, 1, 1]']],
    [2, ['[2, 1, 4, 4]', '[2, 1, 2, 2]']],
    [3, ['[2, 1, 4, 4]', '[2, 1, 2, 2]', '[2, 1, 1, 1]']],
  ])('judges at %i sizes', (scales, shapes) => {
    const { forward } = domainDiscriminator({ scales, width: 1 });
    expect(shapesOf({ x: [2, 3, 64, 64] }, (scope, [x]) => forward(scope, x as Value))).toEqual(shapes);
  });

  it.each([1, 3])('can have a spectral norm in every convolution, with %i scales', (scales) => {
    const { forward } = domainDiscriminator({ scales, width: 1, spectralNorm: true });
    const names = namesOf({ x: [1, 3, 64, 64] }, (scope, [x]) => forward(scope, x as Value));
    const weights = names.filter((name) => !name.endsWith('.bias'));
    expect(weights.every((name) => name.endsWith('.weight_orig'))).toBe(true);
    expect(weights).toHaveLength(scales === 1 ? 7 : 15);
  });

  it.each([0, 1.5])('has no %f scales', (scales) => {
    expect(() => domainDiscriminator({ scales })).toThrow(InvalidArgumentError);
  });
});

describe('contentDiscriminator', () => {
  const judge = (size: number, halvings?: number) => {
    const { forward } = contentDiscriminator(halvings === undefined ? {} : { halvings });
    return shapesOf({ content: [1, 4, size, size] }, (scope, [x]) => [forward(scope, x as Value)]);
  };

  it.each([
    [53, undefined],
    [25, 2],
    [11, 1],
    [4, 0],
  ])('comes to one logit for content of %ix%i', (size, halvings) => {
    expect(judge(size, halvings)).toEqual(['[1, 1, 1, 1]']);
    expect(() => judge(size - 1, halvings)).toThrow(GraphError);
  });

  it('has no half halvings', () => {
    expect(() => contentDiscriminator({ halvings: 0.5 })).toThrow(InvalidArgumentError);
  });
});
