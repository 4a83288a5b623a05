import { expect, it } from 'vitest';
import { tinyConfig } from '../testing/tiny-config.ts';
import { tinyCycleGan } from '../testing/tiny-cyclegan.ts';
import { type CardFacts, modelCard } from './card.ts';
import { squarePolicy } from './image-policy.ts';
import type { TranslatorConfig } from './vector-quantized-run.ts';

const facts: CardFacts = {
  name: 'horse2zebra',
  version: '3',
  description: 'Paints stripes.',
  source: 'horse',
  target: 'zebra',
  config: tinyConfig({ seed: 7 }) as TranslatorConfig,
  image: squarePolicy(16, 4),
  step: 1234,
  seconds: 9000,
  parameters: 2_827_459,
  dataset: 'Photographs.',
  datasetLicence: 'CC BY 4.0.',
  limits: 'Riders get stripes too.',
  pictures: [],
  coded: false,
  commands: ['unpaired train', 'unpaired export'],
  losses: { G: 1.25, NCE: 3.5 },
};

it('tells where a model comes from and what it cannot do', () => {
  const card = modelCard(facts);
  expect(card).toContain('# horse2zebra 3\n\nPaints stripes.\n');
  expect(card).toContain('| direction | horse to zebra |');
  expect(card).toContain('| generator | ResNet, 1 blocks, 2 filters, 2,827,459 parameters |');
  expect(card).toContain('| size | trained at 16x16 pixels; any size works, close to this one works best |');
  expect(card).toContain('| training | 1234 steps of batch 1, seed 7, 2.5 hours |');
  expect(card).toContain('| weights | of the last step |');
  expect(card).toContain('## Data and licence\n\nPhotographs.\n\nCC BY 4.0.\n');
  expect(card).toContain('| loss | value |\n|---|---|\n| G | 1.250 |\n| NCE | 3.500 |\n');
  expect(card).toContain('## Limits\n\nRiders get stripes too.\n');
  expect(card).toContain('```sh\nunpaired train\nunpaired export\n```');
});

it('names a U-Net', () => {
  const config = tinyCycleGan({
    cropSize: 32,
    loadSize: 32,
    options: { generator: { kind: 'unet', downs: 5 } },
  }) as TranslatorConfig;
  const card = modelCard({ ...facts, config, image: squarePolicy(32, 32) });
  expect(card).toContain('| generator | U-Net, 5 halvings, 2 filters,');
  expect(card).toContain('| size | trained at 32x32 pixels only |');
});

it('says so where nothing is known', () => {
  const card = modelCard({ ...facts, losses: {}, commands: [] });
  expect(card).toContain('## Losses\n\nNone were logged.\n');
  expect(card).toContain('## How it was made\n\nNot stated.\n');
  expect(card).not.toContain('```');
});
