import { describe, expect, it } from 'vitest';
import { Random } from '../../../core/random.ts';
import type { Tensor } from '../../../core/tensor.ts';
import { shapeText, symbol } from '../../../onnx/dimension.ts';
import type { Value } from '../../../onnx/ir.ts';
import { expectClose } from '../../../testing/close.ts';
import { evaluate } from '../../../testing/evaluate.ts';
import { normals } from '../../../testing/samples.ts';
import { initializeNetwork } from '../../initialize.ts';
import { networkGraph } from '../../network-graph.ts';
import type { Scope } from '../../scope.ts';
import { describeNetwork } from '../../sources.ts';
import { vqAutoencoder } from './autoencoder.ts';

const network = vqAutoencoder({
  channels: 32,
  multipliers: [1, 1],
  residualBlocks: 1,
  resolution: 16,
  attentionResolutions: [8],
  contentChannels: 4,
  codebookSize: 5,
  codeDimension: 3,
  styleChannels: 2,
  perceptronChannels: 4,
});

type Apply = (scope: Scope, pictures: Value) => Record<string, Value>;

/** Everything of both domains, so that all parameters are there. */
const both: Apply = (scope, pictures) => {
  const { straightThrough } = network.quantize(scope, network.features(scope, pictures));
  const decoded = (domain: 'A' | 'B') =>
    network.decode(scope, domain, straightThrough, network.style(scope, domain, pictures));
  return { A: decoded('A'), B: decoded('B') };
};

async function run(pictures: Tensor, apply: Apply): Promise<Readonly<Record<string, Tensor>>> {
  const input = { dtype: 'float32', shape: pictures.dims } as const;
  const state = describeNetwork((scope) => both(scope, scope.graph.input('x', 'float32', pictures.dims)));
  const weights = initializeNetwork(state, { type: 'xavier', gain: 1 }, Random.of(5, 'vq'));
  let names: string[] = [];
  const graph = networkGraph('test', weights, { pictures: input }, (scope, x) => {
    const outputs = apply(scope, x);
    names = Object.keys(outputs);
    return Object.values(outputs);
  });
  const values = await evaluate(graph, { pictures });
  return Object.fromEntries(
    names.map((name, at) => [name, values[graph.outputs[at]?.name as string] as Tensor]),
  );
}

describe('vqAutoencoder', () => {
  it('has the published keys, encoder and codebook once, all else for each domain', () => {
    const { parameters } = describeNetwork((scope) =>
      both(scope, scope.graph.input('x', 'float32', [1, 3, 16, 16])),
    );
    const names = parameters.map(({ name }) => name);
    const modules = new Set(names.map((name) => name.split('.')[0]));
    const shared = ['encoder', 'quant_conv', 'quantize', 'post_quant_conv'];
    const own = ['a', 'b'].flatMap((letter) =>
      ['style_enc', 'mlp', 'decoder'].map((module) => `${module}_${letter}`),
    );
    expect([...modules].sort()).toEqual([...shared, ...own].sort());
    expect(names).toEqual(
      expect.arrayContaining([
        'quantize.embedding.weight',
        'encoder.down.0.downsample.conv.weight',
        'encoder.down.1.attn.0.proj_out.bias',
        'decoder_a.ADAresblocks.model.3.model.1.conv.weight',
        'decoder_b.up.1.upsample.conv.bias',
        'style_enc_b.model.6.weight',
        'mlp_a.model.2.fc.weight',
      ]),
    );
    expect(names).not.toContain('decoder_a.up.0.upsample.conv.bias');
  });

  it('takes pictures of any size', () => {
    const shapes: Record<string, string> = {};
    describeNetwork((scope) => {
      const x = scope.graph.input('x', 'float32', [symbol('N'), 3, symbol('H'), symbol('W')]);
      const { indices, straightThrough } = network.quantize(scope, network.features(scope, x));
      const style = network.style(scope, 'B', x);
      const maps = network.begin(scope, 'B', straightThrough);
      const picture = network.decode(scope, 'B', straightThrough, style);
      for (const [name, value] of Object.entries({ style, maps })) shapes[name] = shapeText(value.shape);
      expect([indices.shape.length, picture.shape.length]).toEqual([3, 4]);
    });
    expect(shapes.style).toBe('[N, 8]');
  });

  it('decodes as its parts do one after the other', async () => {
    const result = await run(normals([1, 3, 16, 16], 'pictures'), (scope, pictures) => {
      const { straightThrough } = network.quantize(scope, network.features(scope, pictures));
      const style = network.style(scope, 'A', pictures);
      const modulation = network.modulation(scope, 'A', style);
      const styled = network.stylize(scope, 'A', network.begin(scope, 'A', straightThrough), modulation);
      return {
        once: network.decode(scope, 'A', straightThrough, style),
        inParts: network.finish(scope, 'A', styled),
      };
    });
    expectClose(result.once as Tensor, result.inParts as Tensor);
  });

  it('makes other pictures of the same content with another style and by the other decoder', async () => {
    const result = await run(normals([2, 3, 16, 16], 'pictures'), (scope, pictures) => {
      const { graph: g } = scope;
      const { straightThrough } = network.quantize(scope, network.features(scope, pictures));
      const style = network.style(scope, 'A', pictures);
      const [, second] = g.Split(style, [1, 1], 0) as [Value, Value];
      const [content] = g.Split(straightThrough, [1, 1], 0) as [Value, Value];
      const [first] = g.Split(style, [1, 1], 0) as [Value, Value];
      return {
        own: network.decode(scope, 'A', content, first),
        other: network.decode(scope, 'A', content, second),
        foreign: network.decode(scope, 'B', content, first),
      };
    });
    expect(result.own?.dims).toEqual([1, 3, 16, 16]);
    expect(result.own?.data).not.toEqual(result.other?.data);
    expect(result.own?.data).not.toEqual(result.foreign?.data);
  });
});
