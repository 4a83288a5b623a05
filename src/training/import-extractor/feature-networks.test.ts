import { expect, it } from 'vitest';
import { elementCount, float32, int64, type Tensor } from '../../core/tensor.ts';
import { inceptionV3 } from '../../nn/networks/inception/inception-v3.ts';
import { describeNetwork } from '../../nn/sources.ts';
import { inspectModel } from '../../onnx/inspect.ts';
import { featureNetwork } from './feature-networks.ts';

/** Zeros under the keys of the published file, with its classifier and its counters. */
function zeros(): Map<string, Tensor> {
  const { parameters, buffers } = describeNetwork((scope) =>
    inceptionV3(scope, scope.graph.input('x', 'float32', [1, 3, 75, 75])),
  );
  return new Map<string, Tensor>([
    ...parameters.map(
      ({ name, shape }) => [name, float32(shape, new Float32Array(elementCount(shape)))] as const,
    ),
    ...buffers.map(({ name, initial }) => [name, initial] as const),
    ['Conv2d_1a_3x3.bn.num_batches_tracked', int64([], [0])],
    ['fc.weight', float32([1, 1], [0])],
    ['fc.bias', float32([1], [0])],
  ]);
}

it('leaves the classifier and the counters out, and nothing else', () => {
  const weights = zeros();
  const { model, description } = featureNetwork('fid-inception', weights);
  expect(description).toMatchObject({ kind: 'features', dimension: 2048, picture: { range: [0, 255] } });
  expect(inspectModel(model)).toMatchObject({
    inputs: [{ name: 'picture', dtype: 'float32', shape: ['N', 3, 299, 299] }],
    outputs: [{ name: 'features', dtype: 'float32', shape: ['N', 2048] }],
  });
  weights.set('AuxLogits.fc.bias', float32([1], [0]));
  weights.delete('Mixed_7c.branch_pool.conv.weight');
  expect(() => featureNetwork('fid-inception', weights)).toThrow(
    /missing: Mixed_7c\.branch_pool\.conv\.weight \[192, 2048, 1, 1\]; left over: AuxLogits\.fc\.bias \[1\]/,
  );
});
