import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Scope } from '../scope.ts';
import { describeNetwork } from '../sources.ts';
import { patchDiscriminator } from './patch-discriminator.ts';
import { patchSampler } from './patch-sampler.ts';
import { pixelDiscriminator } from './pixel-discriminator.ts';
import { resnetGenerator } from './resnet-generator.ts';
import { unetGenerator } from './unet-generator.ts';

type Shapes = Record<string, readonly number[]>;

const published = JSON.parse(
  readFileSync(new URL('../fixtures/state-dicts.json', import.meta.url), 'utf8'),
) as { readonly stateDicts: Record<string, Shapes> };

function picture(scope: Scope, size: number, channels = 3) {
  return scope.graph.input('x', 'float32', [1, channels, size, size]);
}

const networks: Record<string, (scope: Scope) => unknown> = {
  'resnet_9blocks, antialiased, 5 filters': (scope) =>
    resnetGenerator({ filters: 5 }).forward(scope, picture(scope, 32)),
  'resnet_9blocks, classic, 4 filters': (scope) =>
    resnetGenerator({ filters: 4, antialiasDown: false, antialiasUp: false }).forward(
      scope,
      picture(scope, 32),
    ),
  'resnet_6blocks, classic down, antialiased up, 5 filters': (scope) =>
    resnetGenerator({ filters: 5, blocks: 6, antialiasDown: false }).forward(scope, picture(scope, 32)),
  'unet_128, batch norm, 1 to 2 channels, 2 filters': (scope) =>
    unetGenerator({ outputChannels: 2, filters: 2, downs: 7, normalization: 'batch' }).forward(
      scope,
      picture(scope, 128, 1),
    ),
  'basic discriminator, antialiased, 6 filters': (scope) =>
    patchDiscriminator({ filters: 6 }).forward(scope, picture(scope, 48)),
  'basic discriminator, classic, 6 filters': (scope) =>
    patchDiscriminator({ filters: 6, antialias: false }).forward(scope, picture(scope, 48)),
  'pixel discriminator, 8 filters': (scope) =>
    pixelDiscriminator({ filters: 8 }).forward(scope, picture(scope, 24)),
  'patch sampler, 3, 16 and 32 channels to 32': (scope) =>
    patchSampler({ dimension: 32 }).forward(
      scope,
      [3, 16, 32].map((channels, layer) => scope.graph.input(`f${layer}`, 'float32', [1, channels, 4, 4])),
      [0, 1, 2].map((layer) => scope.graph.input(`p${layer}`, 'int64', [8])),
    ),
};

describe('state_dict keys and shapes', () => {
  it('are compared for every published list', () => {
    expect(Object.keys(networks).sort()).toEqual(Object.keys(published.stateDicts).sort());
  });

  it.each(Object.entries(networks))('of %s equal the published ones', (name, build) => {
    const { parameters, buffers } = describeNetwork(build);
    const ours: Shapes = Object.fromEntries([
      ...parameters.map((spec) => [spec.name, spec.shape] as const),
      ...buffers.map((spec) => [spec.name, spec.initial.dims] as const),
    ]);
    expect(ours).toEqual(published.stateDicts[name]);
  });
});
