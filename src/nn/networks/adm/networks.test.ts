import { describe, expect, it } from 'vitest';
import { Random } from '../../../core/random.ts';
import { float32, int64, type Tensor } from '../../../core/tensor.ts';
import { scaleDim, shapeText, symbol } from '../../../onnx/dimension.ts';
import type { Value } from '../../../onnx/ir.ts';
import { expectClose } from '../../../testing/close.ts';
import { evaluateOne } from '../../../testing/evaluate-one.ts';
import { normals } from '../../../testing/samples.ts';
import { initializeNetwork } from '../../initialize.ts';
import { networkGraph } from '../../network-graph.ts';
import { describeNetwork } from '../../sources.ts';
import { domainClassifier } from './classifier.ts';
import type { AdmOptions } from './layout.ts';
import { type AdmUnetOptions, admUnet } from './unet.ts';

const small = {
  channels: 32,
  multipliers: [1, 1],
  attentionRates: [2],
  heads: { count: 2 },
} satisfies AdmOptions;

function keysOf(options: AdmUnetOptions): string[] {
  const network = admUnet(options);
  return describeNetwork((scope) => {
    const [x, times] = [
      scope.graph.input('x', 'float32', [1, 3, 8, 8]),
      scope.graph.input('t', 'float32', [1]),
    ];
    return network.forward(scope, x, times, scope.graph.input('labels', 'int64', [1]));
  }).parameters.map(({ name }) => name);
}

describe('admUnet', () => {
  it('has the published keys', () => {
    const modules = new Set(keysOf(small).map((key) => key.replace(/\.(weight|bias)$/, '')));
    const block = (path: string, ...more: string[]) =>
      ['in_layers.0', 'in_layers.2', 'emb_layers.1', 'out_layers.0', 'out_layers.3', ...more].map(
        (layer) => `${path}.${layer}`,
      );
    const looked = (path: string) => ['norm', 'qkv', 'proj_out'].map((layer) => `${path}.${layer}`);
    expect(modules).toEqual(
      new Set([
        ...['time_embed.0', 'time_embed.2', 'input_blocks.0.0'],
        ...[1, 2, 3].flatMap((index) => block(`input_blocks.${index}.0`)),
        ...looked('input_blocks.3.1'),
        ...[...block('middle_block.0'), ...looked('middle_block.1'), ...block('middle_block.2')],
        ...[0, 1, 2, 3].flatMap((index) => block(`output_blocks.${index}.0`, 'skip_connection')),
        ...[...looked('output_blocks.0.1'), ...looked('output_blocks.1.1'), ...block('output_blocks.1.2')],
        ...['out.0', 'out.2'],
      ]),
    );
  });

  it('changes sizes by convolutions of its own, or without any weights, where blocks do not', () => {
    const convolved = keysOf({ ...small, residualResampling: false });
    expect(convolved).toEqual(
      expect.arrayContaining(['input_blocks.2.0.op.weight', 'output_blocks.1.2.conv.weight']),
    );
    const plain = keysOf({ ...small, residualResampling: false, convolutionalResampling: false });
    expect(plain.filter((key) => /^(input_blocks\.2|output_blocks\.1\.2)\./.test(key))).toEqual([]);
  });

  it('has attention where it is asked for, and one in the middle in any case', () => {
    const attending = (options: AdmUnetOptions) =>
      keysOf(options).filter((key) => key.endsWith('qkv.weight'));
    expect(attending({ ...small, attentionRates: [] })).toEqual(['middle_block.1.qkv.weight']);
    expect(attending({ ...small, attentionRates: [1, 2] })).toHaveLength(7);
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
      text = shapeText(
        admUnet(small).forward(scope, x, scope.graph.input('t', 'float32', [symbol('N')])).shape,
      );
    });
    expect(text).toBe('[N, 6, 2*h, 2*w]');
  });

  it('judges each picture by itself, at its own time and of its own class', async () => {
    const network = admUnet({ ...small, classes: 3, outputChannels: 3 });
    const build = (size: number) => ({
      x: { dtype: 'float32', shape: [size, 3, 8, 8] } as const,
      t: { dtype: 'float32', shape: [size] } as const,
      y: { dtype: 'int64', shape: [size] } as const,
    });
    const state = describeNetwork((scope) => {
      const given = Object.entries(build(1)).map(([name, { dtype, shape }]) =>
        scope.graph.input(name, dtype, shape),
      );
      return network.forward(scope, ...(given as [Value, Value, Value]));
    });
    expect(state.parameters.find(({ name }) => name === 'label_emb.weight')?.shape).toEqual([3, 128]);
    const weights = initializeNetwork(state, { type: 'xavier', gain: 1 }, Random.of(1, 'unet'));
    const run = (x: Tensor, times: readonly number[], classes: readonly number[]) =>
      evaluateOne(
        networkGraph('unet', weights, build(times.length), (scope, ...given) =>
          network.forward(scope, ...(given as [Value, Value, Value])),
        ),
        { x, t: float32([times.length], times), y: int64([classes.length], classes) },
      );
    const pair = normals([2, 3, 8, 8], 'pair');
    const second = float32([1, 3, 8, 8], pair.data.slice(pair.data.length / 2));
    const both = await run(pair, [999, 3.5], [0, 2]);
    const alone = await run(second, [3.5], [2]);
    expectClose(alone, both.data.slice(both.data.length / 2) as Float32Array, { rtol: 1e-4, atol: 1e-5 });
    expect(await run(second, [4.5], [2])).not.toEqual(alone);
    expect(await run(second, [3.5], [1])).not.toEqual(alone);
  });

  it('refuses to have no levels', () => {
    expect(() => admUnet({ multipliers: [] })).toThrow('a U-Net has one or more levels, got none');
  });
});

describe('domainClassifier', () => {
  const described = (options: Parameters<typeof domainClassifier>[0], part: 'features' | 'logits') => {
    let text = '';
    const state = describeNetwork((scope) => {
      const x = scope.graph.input('x', 'float32', [2, 3, 16, 16]);
      const network = domainClassifier({ ...small, resolution: 16, poolHeadChannels: 16, ...options });
      text = shapeText(network[part](scope, x, scope.graph.input('t', 'float32', [2])).shape);
    });
    return { text, keys: state.parameters.map(({ name }) => name) };
  };

  it('gives features without its head, and logits of as many domains as asked for', () => {
    const features = described({}, 'features');
    expect(features.text).toBe('[2, 32, 8, 8]');
    expect(features.keys.filter((key) => key.startsWith('I2Iout'))).toEqual([]);
    const logits = described({ domains: 3 }, 'logits');
    expect(logits.text).toBe('[2, 3]');
    const head = ['0.weight', '0.bias', '2.positional_embedding', '2.qkv_proj.weight', '2.qkv_proj.bias'];
    expect(logits.keys.slice(features.keys.length)).toEqual(
      [...head, '2.c_proj.weight', '2.c_proj.bias'].map((key) => `I2Iout.${key}`),
    );
  });

  it('can take the mean of all places in place of attention', () => {
    const { text, keys } = described({ pool: 'mean' }, 'logits');
    expect(text).toBe('[2, 2]');
    expect(keys.slice(-2)).toEqual(['I2Iout.3.weight', 'I2Iout.3.bias']);
  });
});
