import { expect, it } from 'vitest';
import { tinyConfig } from '../testing/tiny-config.ts';
import { methodOf } from './index.ts';

it('says which size the networks of the settings cannot take', () => {
  expect(() => methodOf(tinyConfig({ options: { discriminator: { layers: 4 } } }))).toThrow(
    /^the networks of these settings cannot take pictures of 16x16 \(cropSize\): Pad .*: cannot reflect/,
  );
});

it('names the layers that there are when one is asked for that is none', () => {
  expect(() => methodOf(tinyConfig({ options: { featureLayers: [0, 99] } }))).toThrow(
    'feature layers are ascending indices from 0 to 23, got 0, 99',
  );
});
