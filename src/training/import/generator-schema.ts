import { z } from 'zod';
import { mergeSettings } from '../config/index.ts';
import { changedSettings } from './settings-schema.ts';

/** What a generator of the published code is made with, under the names that `train --set options.generator` has. */

/** Far above what is published: sizes that a file only claims must not become memory. */
const shared = {
  inputChannels: z.int().min(1).max(64).describe('Channels of the source picture (input_nc).'),
  outputChannels: z.int().min(1).max(64).describe('Channels of the translation (output_nc).'),
  filters: z.int().min(1).max(2048).describe('Channels at full size (ngf).'),
  normalization: z.enum(['instance', 'batch', 'none']).describe('Norm layers (norm, normG).'),
};

const resnet = z.strictObject({
  kind: z.literal('resnet'),
  ...shared,
  blocks: z.int().min(0).max(256).describe('Residual blocks (the number in netG).'),
  antialiasDown: z.boolean().describe('Blur before down-sampling (no_antialias off).'),
  antialiasUp: z.boolean().describe('Blur after up-sampling (no_antialias_up off).'),
  dropout: z
    .boolean()
    .describe('Dropout layers inside the blocks, which move the others along (no_dropout off).'),
});

const unet = z.strictObject({
  kind: z.literal('unet'),
  ...shared,
  downs: z.int().min(5).max(12).describe('How often the size is halved: 7 for unet_128, 8 for unet_256.'),
});

const generatorSchema = z.discriminatedUnion('kind', [resnet, unet]);

export type GeneratorSettings = z.infer<typeof generatorSchema>;

/** What is taken where neither the tensors nor the user say: the published defaults. */
const defaults: Readonly<Record<GeneratorSettings['kind'], object>> = {
  resnet: { blocks: 9, antialiasDown: true, antialiasUp: true, dropout: false },
  unet: { downs: 8 },
};

/**
 * The recognised settings with some of them replaced, checked. Where it is the kind that is replaced, those that only
 * the other kind has are left out.
 * @throws InvalidArgumentError naming each setting at fault, and all that there are
 */
export function withChanges(recognised: GeneratorSettings, changes: readonly object[]): GeneratorSettings {
  const changed = changes.reduce(mergeSettings, {}) as { readonly kind?: unknown };
  const kind = changed.kind === 'unet' || changed.kind === 'resnet' ? changed.kind : recognised.kind;
  const { inputChannels, outputChannels, filters, normalization } = recognised;
  const common = { inputChannels, outputChannels, filters, normalization };
  const base = kind === recognised.kind ? recognised : { kind, ...common, ...defaults[kind] };
  return changedSettings(generatorSchema, base, [changed]);
}
