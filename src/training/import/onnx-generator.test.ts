import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, symbol } from '../../onnx/dimension.ts';
import { ModelProtoSchema, TensorProto_DataLocation, TensorProto_DataType } from '../../onnx/gen/onnx_pb.ts';
import type { Value } from '../../onnx/ir.ts';
import { serialize } from '../../onnx/serialize.ts';
import { onnxGenerator } from './onnx-generator.ts';

const session = { provider: 'cpu', threads: 1 } as const;
const [n, h, w] = [symbol('n'), symbol('h'), symbol('w')];
type Build = (g: GraphBuilder, x: Value) => Value | readonly Value[];

/** A file of a graph from one input. */
function file(dtype: 'float32' | 'uint8' | 'float16', shape: readonly Dim[], build: Build): Uint8Array {
  const g = new GraphBuilder('g');
  const built = build(g, g.input('x', dtype, shape));
  return serialize(g.build('name' in built ? [built] : built));
}

/** The file with the sizes of its input and output left open, as other exporters write them. */
function withFreeSizes(bytes: Uint8Array): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  for (const { type } of [...(model.graph?.input ?? []), ...(model.graph?.output ?? [])]) {
    const dims = type?.value.case === 'tensorType' ? (type.value.value.shape?.dim ?? []) : [];
    for (const dim of dims.slice(2)) dim.value = { case: 'dimParam', value: '' };
  }
  return toBinary(ModelProtoSchema, model);
}

const negative: Build = (g, x) => g.Neg(x);
const open = (bytes: Uint8Array, side?: number) => onnxGenerator(bytes, side, session);

describe('onnxGenerator', () => {
  it('takes any size of a network without needs, by fours', async () => {
    const { image, network } = await open(file('float32', [n, 3, h, w], negative), 32);
    expect(image).toMatchObject({ width: 32, height: 32, flexible: true, multipleOf: 4 });
    expect(network.inputs).toEqual([
      { name: 'x', dtype: 'float32', layout: 'NCHW', shape: ['n', 3, 'h', 'w'] },
    ]);
  });

  it('finds the multiple that a network needs', async () => {
    const folded: Build = (g, x) =>
      g.DepthToSpace(g.SpaceToDepth(x, { blocksize: 16 }), { blocksize: 16, mode: 'DCR' });
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', [1, 3, 64, 64]);
    const fixed = serialize(g.build([folded(g, x) as Value]));
    // Our own shapes would not let the size vary; others' files do.
    const freed = withFreeSizes(fixed);
    expect((await open(freed, 128)).image).toMatchObject({ flexible: true, multipleOf: 16 });
    expect((await open(fixed)).image).toMatchObject({ width: 64, height: 64, flexible: false });
  });

  it('takes pictures as bytes, as our own files have them', async () => {
    const { network } = await open(
      file('uint8', [n, h, w, 3], (g, x) => g.Identity(x)),
      16,
    );
    expect(network.outputs[0]).toMatchObject({ dtype: 'uint8', layout: 'NHWC' });
  });

  it.each<[string, Uint8Array, string]>([
    ['two outputs', file('float32', [n, 3, h, w], (g, x) => [g.Neg(x), g.Abs(x)]), 'has 2 outputs ("'],
    [
      'one channel',
      file('float32', [n, 1, h, w], negative),
      '"x" is float32 [n, 1, h, w]; expected pictures',
    ],
    ['three axes', file('float32', [3, h, w], negative), '"x" is float32 [3, h, w]; expected pictures'],
    ['halves', file('float16', [n, 3, h, w], (g, x) => g.Identity(x)), '"x" is float16'],
    [
      'two types',
      file('uint8', [n, h, w, 3], (g, x) => g.Transpose(g.Cast(x, 'float32'), [0, 3, 1, 2])),
      'expected one type',
    ],
    [
      'a smaller output',
      file('float32', [1, 3, 16, 16], (g, x) => g.AveragePool(x, { kernel_shape: [2, 2], strides: [2, 2] })),
      '[1, 3, 8, 8]',
    ],
    [
      'what is not a number',
      file('float32', [1, 3, 16, 16], (g, x) => g.Log(g.Sub(x, 2))),
      'is not finite: element 0 is NaN',
    ],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(open(bytes)).rejects.toThrow(message);
  });

  it('refuses weights that are in another file', async () => {
    const type = {
      value: { case: 'tensorType' as const, value: { elemType: TensorProto_DataType.FLOAT } },
    };
    const model = create(ModelProtoSchema, {
      graph: {
        initializer: [{ name: 'weight', dataLocation: TensorProto_DataLocation.EXTERNAL }],
        input: [{ name: 'x', type }],
        output: [{ name: 'y', type }],
      },
    });
    await expect(open(toBinary(ModelProtoSchema, model))).rejects.toThrow(
      'the weights of the ONNX file are in other files ("weight"): save it with its weights inside',
    );
  });

  it('tells what ONNX Runtime says of operators that it does not have', async () => {
    const dim = [1, 3, 16, 16].map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } }));
    const type = {
      value: { case: 'tensorType' as const, value: { elemType: TensorProto_DataType.FLOAT, shape: { dim } } },
    };
    const model = create(ModelProtoSchema, {
      irVersion: 9n,
      opsetImport: [{ version: 20n }],
      graph: {
        name: 'g',
        node: [{ opType: 'Magic', input: ['x'], output: ['y'] }],
        input: [{ name: 'x', type }],
        output: [{ name: 'y', type }],
      },
    });
    await expect(open(toBinary(ModelProtoSchema, model))).rejects.toThrow(
      /cannot open the network: .*Magic/s,
    );
  });
});
