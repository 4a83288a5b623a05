import { describe, expect, it } from 'vitest';
import { Random } from '../../../core/random.ts';
import { float32, type Tensor } from '../../../core/tensor.ts';
import { scaleDim, shapeText, symbol } from '../../../onnx/dimension.ts';
import type { Value } from '../../../onnx/ir.ts';
import { expectClose } from '../../../testing/close.ts';
import { evaluateOne } from '../../../testing/evaluate-one.ts';
import { normals } from '../../../testing/samples.ts';
import { initializeNetwork } from '../../initialize.ts';
import { networkGraph } from '../../network-graph.ts';
import { describeNetwork } from '../../sources.ts';
import { type DdpmUnetOptions, ddpmUnet } from './unet.ts';

const small: DdpmUnetOptions = {
  channels: 32,
  multipliers: [2, 1],
  residualBlocks: 1,
  resolution: 8,
  attentionResolutions: [4],
};

function stateOf(options: DdpmUnetOptions) {
  return describeNetwork((scope) =>
    ddpmUnet(options).forward(
      scope,
      scope.graph.input('x', 'float32', [1, 3, 8, 8]),
      scope.graph.input('t', 'float32', [1]),
    ),
  );
}

describe('ddpmUnet', () => {
  it('has the published keys', () => {
    const modules = new Set(
      stateOf(small).parameters.map(({ name }) => name.replace(/\.(weight|bias)$/, '')),
    );
    const block = (path: string, ...more: string[]) =>
      ['norm1', 'conv1', 'temb_proj', 'norm2', 'conv2', ...more].map((layer) => `${path}.${layer}`);
    const looked = (path: string) => ['norm', 'q', 'k', 'v', 'proj_out'].map((layer) => `${path}.${layer}`);
    expect(modules).toEqual(
      new Set([
        ...['temb.dense.0', 'temb.dense.1', 'conv_in', 'down.0.downsample.conv', 'up.1.upsample.conv'],
        ...[0, 1].flatMap((level) => block(`down.${level}.block.0`, 'nin_shortcut')),
        ...['down.1.attn.0', 'mid.attn_1', 'up.1.attn.0', 'up.1.attn.1'].flatMap(looked),
        ...['mid.block_1', 'mid.block_2'].flatMap((path) => block(path)),
        ...['0.block.0', '0.block.1', '1.block.0', '1.block.1'].flatMap((path) =>
          block(`up.${path}`, 'nin_shortcut'),
        ),
        ...['norm_out', 'conv_out'],
      ]),
    );
  });

  it('changes sizes without weights where it is not to convolve', () => {
    const keys = stateOf({ ...small, convolutionalResampling: false }).parameters.map(({ name }) => name);
    expect(keys.filter((key) => /sample/.test(key))).toEqual([]);
  });

  it('takes pictures of any size that it can halve', () => {
    let text = '';
    describeNetwork((scope) => {
      const x = scope.graph.input('x', 'float32', [
        symbol('N'),
        3,
        scaleDim(symbol('h'), 2),
        scaleDim(symbol('w'), 2),
      ]);
      const times = scope.graph.input('t', 'float32', [symbol('N')]);
      text = shapeText(ddpmUnet(small).forward(scope, x, times).shape);
    });
    expect(text).toBe('[N, 3, 2*h, 2*w]');
  });

  it('judges each picture by itself, at its own time', async () => {
    const weights = initializeNetwork(stateOf(small), { type: 'xavier', gain: 1 }, Random.of(2, 'ddpm'));
    const run = (x: Tensor, times: readonly number[]) =>
      evaluateOne(
        networkGraph(
          'ddpm',
          weights,
          { x: { dtype: 'float32', shape: x.dims }, t: { dtype: 'float32', shape: [times.length] } },
          (scope, pictures, at) => ddpmUnet(small).forward(scope, pictures as Value, at as Value),
        ),
        { x, t: float32([times.length], times) },
      );
    const pair = normals([2, 3, 8, 8], 'pair');
    const second = float32([1, 3, 8, 8], pair.data.slice(pair.data.length / 2));
    const both = await run(pair, [999, 3.5]);
    const alone = await run(second, [3.5]);
    expectClose(alone, both.data.slice(both.data.length / 2) as Float32Array, { rtol: 1e-4, atol: 1e-5 });
    expect(await run(second, [4])).not.toEqual(alone);
  });
});
