import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, symbol } from '../../onnx/dimension.ts';
import { serialize } from '../../onnx/serialize.ts';
import { type FeatureOptions, onnxFeatures } from './onnx-features.ts';

const options: FeatureOptions = {
  range: [0, 1],
  mean: [0.5, 0.4, 0.3],
  deviation: [0.2, 0.2, 0.2],
  resize: 'clean',
};

/** Means of the channels, twice: as [N, 3, 1, 1] and as [N, 3]. */
function encoder(shape: readonly Dim[] = [symbol('N'), 3, 8, 6]): Uint8Array {
  const g = new GraphBuilder('encoder');
  const pooled = g.GlobalAveragePool(g.input('pixels', 'float32', shape));
  return serialize(g.build({ pooled, flat: g.Reshape(pooled, [-1, 3]), maps: g.ReduceMean(pooled, [1]) }));
}

const describeFile = (model: Uint8Array, more: Partial<FeatureOptions> = {}) =>
  onnxFeatures(model, 'encoder.onnx', { ...options, ...more }).description;

describe('onnxFeatures', () => {
  it.each(['pooled', 'flat'])('takes the output %s, and the size from the file', (output) => {
    expect(describeFile(encoder(), { output })).toEqual({
      kind: 'features',
      network: 'encoder.onnx',
      picture: {
        range: [0, 1],
        mean: [0.5, 0.4, 0.3],
        deviation: [0.2, 0.2, 0.2],
        size: { width: 6, height: 8 },
        resize: 'clean',
      },
      onnx: { input: 'pixels', output },
      dimension: 3,
    });
  });

  it('notes a batch that is fixed, and takes the size that the file leaves open', () => {
    const model = encoder([4, 3, symbol('H'), symbol('W')]);
    expect(describeFile(model, { output: 'flat', size: 32 })).toMatchObject({
      picture: { batch: 4, size: { width: 32, height: 32 } },
    });
    expect(() => describeFile(model, { output: 'flat' })).toThrow(
      /leaves the width of pictures open.*--size/,
    );
  });

  it('refuses a size that the file contradicts', () => {
    expect(() => describeFile(encoder(), { output: 'flat', size: 8 })).toThrow(
      'the file takes pictures of width 6, --size says 8',
    );
  });

  it('asks which output, and says which there are', () => {
    expect(() => describeFile(encoder())).toThrow(
      /several outputs, choose one with --output; it has pooled: float32\[N, 3, 1, 1\], flat: float32\[N, 3\]/,
    );
    expect(() => describeFile(encoder(), { output: 'logits' })).toThrow(/no output "logits"; it has pooled/);
  });

  it('refuses an input that is no picture, and an output that is no vector', () => {
    expect(() => describeFile(encoder([3, 1, 8, 8]), { output: 'flat' })).toThrow(
      /takes pixels: float32\[3, 1/,
    );
    const g = new GraphBuilder('map');
    const x = g.input('x', 'float32', [1, 3, 8, 8]);
    expect(() => describeFile(serialize(g.build({ y: g.Mul(x, 2) })))).toThrow(
      'features are float32 [N, D] or [N, D, 1, 1] with D known; y: float32[1, 3, 8, 8] is neither',
    );
  });
});
