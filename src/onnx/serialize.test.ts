import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { float32, int64, type Tensor, tensor, zeros } from '../core/tensor.ts';
import { expectClose } from '../testing/close.ts';
import { evaluate } from '../testing/evaluate.ts';
import { repeat } from '../testing/repeat.ts';
import { GraphBuilder } from './builder.ts';
import { symbol } from './dimension.ts';
import { GraphError } from './errors.ts';
import { type ModelProto, ModelProtoSchema } from './gen/onnx_pb.ts';
import type { Graph, Value } from './ir.ts';
import { ModelTooLargeError, serialize } from './serialize.ts';

function message(graph: Graph): ModelProto {
  return fromBinary(ModelProtoSchema, serialize(graph));
}

/** A convolution of stride 2 with all-ones kernels, on pictures of any size. */
function convolution(): Graph {
  const g = new GraphBuilder('convolution');
  const x = g.input('image', 'float32', [symbol('N'), 1, symbol('H'), symbol('W')]);
  const weight = g.constant(float32([2, 1, 3, 3], Array(18).fill(1)), 'model.0.weight');
  const bias = g.constant(float32([2], [0.5, -100]), 'model.0.bias');
  const y = g.Conv(x, weight, bias, { strides: [2, 2], pads: [1, 1, 1, 1] });
  return g.build({ features: g.LeakyRelu(y, { alpha: 0.25 }) });
}

describe('files', () => {
  it('say what wrote them, and which operators they need', () => {
    const { irVersion, producerName, opsetImport, graph } = message(convolution());
    expect([irVersion, producerName]).toEqual([9n, 'unpaired']);
    expect(opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 20n]]);
    expect(graph?.name).toBe('convolution');
  });

  it('keep names of parameters, and write symbolic sizes as their texts', () => {
    const { graph } = message(convolution());
    expect(graph?.initializer.map(({ name, dims }) => [name, dims])).toEqual([
      ['model.0.weight', [2n, 1n, 3n, 3n]],
      ['model.0.bias', [2n]],
    ]);
    const type = graph?.output[0]?.type?.value;
    const dims = type?.case === 'tensorType' ? type.value.shape?.dim : undefined;
    expect(dims?.map(({ value }) => value.value)).toEqual(['N', 2n, 'floor((H + 1)/2)', 'floor((W + 1)/2)']);
  });

  it('give attributes the types that ONNX asks for', () => {
    const g = new GraphBuilder('attributes');
    const x = g.input('x', 'float32', [2, 3]);
    const gemm = g.Gemm(x, g.Transpose(x, [1, 0]), undefined, { alpha: 1, transB: 0 });
    const filled = g.ConstantOfShape(g.Shape(gemm), int64([1], [7]));
    const { graph } = message(g.build([g.Pad(gemm, [0, 0, 1, 1], 'edge'), filled]));
    const attributes = graph?.node.flatMap(({ opType, attribute }) =>
      attribute.map(({ name, type, f, i, ints, s, t }) => [
        `${opType}.${name}`,
        [undefined, f, i, Buffer.from(s).toString(), t?.rawData, undefined, undefined, ints][type],
      ]),
    );
    expect(Object.fromEntries(attributes ?? [])).toEqual({
      'Transpose.perm': [1n, 0n],
      'Gemm.alpha': 1,
      'Gemm.transB': 0n,
      'ConstantOfShape.value': new Uint8Array([7, 0, 0, 0, 0, 0, 0, 0]),
      'Pad.mode': 'edge',
    });
  });

  it('are refused for illegal graphs', () => {
    const graph = convolution();
    expect(() => serialize({ ...graph, nodes: [] })).toThrow(GraphError);
  });

  it('are refused from 2 GiB, before anything is copied', () => {
    const g = new GraphBuilder('huge');
    const big = g.constant(zeros('uint8', [2 ** 31]));
    expect(() => serialize(g.build([g.Shape(big)]))).toThrow(new ModelTooLargeError(g.build([]), 2 ** 31));
    expect(new ModelTooLargeError(convolution(), 2 ** 31).message).toBe(
      'graph convolution takes 2147483648 bytes, an ONNX file holds at most 2147483647',
    );
  });
});

describe('ONNX Runtime runs', () => {
  it('convolutions on pictures of any size', async () => {
    const graph = convolution();
    const cases = [
      { size: [3, 3], outputs: [2, 2], last: (4 * 2 - 100) / 4 },
      { size: [4, 2], outputs: [2, 1], last: (6 * 2 - 100) / 4 },
    ] as const;
    for (const { size, outputs, last } of cases) {
      const image = float32([1, 1, ...size], Array(size[0] * size[1]).fill(2));
      const { features } = await evaluate(graph, { image });
      expect(features?.dims).toEqual([1, 2, ...outputs]);
      expect(features?.data[0]).toBe(4 * 2 + 0.5);
      expect(features?.data.at(-1)).toBe(last);
    }
  });

  it('constants of every data type', async () => {
    const g = new GraphBuilder('types');
    const constants: readonly Tensor[] = [
      float32([2], [1.5, -2]),
      tensor('float64', [1], Float64Array.of(0.1)),
      tensor('float16', [2], Uint16Array.of(0x3c00, 0xc000)),
      int64([2], [2 ** 40, -1]),
      tensor('int32', [1], Int32Array.of(-7)),
      tensor('int8', [3], Int8Array.of(-128, 0, 127)),
      tensor('uint8', [2], Uint8Array.of(0, 255)),
      tensor('bool', [2], Uint8Array.of(1, 0)),
      float32([], [3]),
      float32([0, 2], []),
      float32([2], new Float32Array([9, 1, 2]).subarray(1)),
    ];
    const values = constants.map((constant, index) => [`y${index}`, g.constant(constant)] as const);
    const outputs = await evaluate(g.build(Object.fromEntries(values)));
    for (const [index, { dtype, dims, data }] of constants.entries()) {
      expect({ ...outputs[`y${index}`] }).toEqual({ dtype, dims: [...dims], data });
    }
  });

  it('a Loop with carried state, scan outputs and values of the outer graph', async () => {
    const g = new GraphBuilder('loop');
    const x = g.input('x', 'float32', [symbol('N')]);
    const step = g.StopGradient(g.Mul(x, 2));
    const [final, sums, again, outer, iterations, fixed] = repeat(g, 3, [x], (b, [state], iteration) => {
      const next = b.StopGradient(b.Add(state as Value, step));
      return [next, next, next, step, iteration, b.constant(float32([1], [7]))];
    });
    const outputs = { final, sums, again, outer, iterations, fixed, input: x } as Record<string, Value>;
    const results = await evaluate(g.build(outputs), { x: float32([2], [1, 10]) });
    const expected = {
      final: float32([2], [7, 70]),
      sums: float32([3, 2], [3, 30, 5, 50, 7, 70]),
      again: float32([3, 2], [3, 30, 5, 50, 7, 70]),
      outer: float32([3, 2], [2, 20, 2, 20, 2, 20]),
      iterations: int64([3], [0, 1, 2]),
      fixed: float32([3, 1], [7, 7, 7]),
      input: float32([2], [1, 10]),
    };
    for (const [name, value] of Object.entries(expected)) expectClose(results[name] as Tensor, value);
  });

  it('inputs that are left out, in the middle and at the end', async () => {
    const g = new GraphBuilder('optional');
    const x = g.input('x', 'float32', [1, 1, 1, 2]);
    const wide = g.Resize(x, [1, 1, 1, 4], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    });
    const { y } = await evaluate(g.build({ y: wide }), { x: float32([1, 1, 1, 2], [1, 2]) });
    expectClose(y as Tensor, float32([1, 1, 1, 4], [1, 1, 2, 2]));
  });
});
