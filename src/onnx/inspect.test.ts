import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { float32 } from '../core/tensor.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { GraphBuilder } from './builder.ts';
import { symbol } from './dimension.ts';
import { ModelProtoSchema, TensorProto_DataLocation, TensorProto_DataType } from './gen/onnx_pb.ts';
import { inspectModel, ModelFormatError } from './inspect.ts';
import { serialize } from './serialize.ts';

describe('inspectModel', () => {
  it('describes what we wrote', () => {
    const g = new GraphBuilder('g');
    const x = g.input('image', 'uint8', [symbol('N'), symbol('H'), symbol('W'), 3]);
    const y = g.Mul(g.Cast(x, 'float32'), g.constant(float32([3], [1, 2, 3])));
    expect(inspectModel(serialize(g.build({ scaled: y })))).toEqual({
      irVersion: 9,
      operatorSets: { '': 20 },
      inputs: [{ name: 'image', dtype: 'uint8', shape: ['N', 'H', 'W', 3] }],
      outputs: [{ name: 'scaled', dtype: 'float32', shape: ['N', 'H', 'W', 3] }],
      externalTensors: [],
    });
  });

  it('describes what others wrote: weights listed as inputs, unknown sizes, ranks and types', () => {
    const tensorType = (elemType: number, shape?: { dim: object[] }) => ({
      value: { case: 'tensorType' as const, value: shape ? { elemType, shape } : { elemType } },
    });
    const model = create(ModelProtoSchema, {
      irVersion: 3n,
      opsetImport: [
        { domain: 'ai.onnx', version: 11n },
        { domain: 'com.microsoft', version: 1n },
      ],
      graph: {
        input: [
          {
            name: 'x',
            type: tensorType(TensorProto_DataType.FLOAT, {
              dim: [{}, { value: { case: 'dimParam', value: '' } }],
            }),
          },
          { name: 'weight', type: tensorType(TensorProto_DataType.FLOAT) },
        ],
        initializer: [{ name: 'weight' }],
        output: [{ name: 'y', type: tensorType(TensorProto_DataType.BFLOAT16) }, { name: 'z' }],
      },
    });
    expect(inspectModel(toBinary(ModelProtoSchema, model))).toEqual({
      irVersion: 3,
      operatorSets: { '': 11, 'com.microsoft': 1 },
      inputs: [{ name: 'x', dtype: 'float32', shape: ['?', '?'] }],
      outputs: [
        { name: 'y', dtype: 'bfloat16', shape: undefined },
        { name: 'z', dtype: 'unknown', shape: undefined },
      ],
      externalTensors: [],
    });
  });

  it('names weights that are in other files, also of attributes and bodies', () => {
    const elsewhere = (name: string) => ({ name, dataLocation: TensorProto_DataLocation.EXTERNAL });
    const body = { initializer: [elsewhere('in body'), { name: 'beside it' }] };
    const model = create(ModelProtoSchema, {
      graph: {
        initializer: [{ name: 'inside' }, elsewhere('outside')],
        sparseInitializer: [{ values: elsewhere('sparse') }],
        node: [{ attribute: [{ t: elsewhere('attribute') }, { g: body }] }],
        output: [{ name: 'y' }],
      },
    });
    const { externalTensors } = inspectModel(toBinary(ModelProtoSchema, model));
    expect(externalTensors).toEqual(['outside', 'sparse', 'attribute', 'in body']);
  });

  it('reads files written without our serialiser', () => {
    const value = (name: string) => ({ name, dtype: 'float32', shape: ['n', 2] }) as const;
    const model = tinyModel({
      inputs: [value('x')],
      outputs: [value('y')],
      nodes: [{ operator: 'Relu', inputs: ['x'], outputs: ['y'] }],
    });
    expect(inspectModel(model).outputs).toEqual([{ name: 'y', dtype: 'float32', shape: ['n', 2] }]);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['text', Buffer.from('<html>not found</html>')],
    ['a cut file', serialize(new GraphBuilder('empty').build([])).subarray(0, 9)],
  ])('refuses %s', (_, bytes) => {
    expect(() => inspectModel(bytes)).toThrow(ModelFormatError);
    expect(() => inspectModel(bytes)).toThrow(`${bytes.length} bytes`);
  });
});
