import { z } from 'zod';
import { type AdversarialObjective, adversarialObjectives } from '../losses/adversarial.ts';

/** Schemas that several methods share; defaults are the published ones of the CUT family. */

export const pictureFields = (defaults: { loadSize: number; cropSize: number }) => ({
  loadSize: z
    .int()
    .min(8)
    .default(defaults.loadSize)
    .describe('Pixels: both sides of a picture are resized to this before the crop.'),
  cropSize: z
    .int()
    .min(8)
    .multipleOf(4)
    .default(defaults.cropSize)
    .describe('Pixels: side of the random crop that is trained on; a multiple of 4.'),
  flip: z.boolean().default(true).describe('Mirror each picture with probability 1/2.'),
  batchSize: z.int().min(1).default(1).describe('Pictures of each domain in a step.'),
});

export const generatorSchema = z.strictObject({
  filters: z.int().min(1).default(64).describe('Channels at full size (ngf).'),
  blocks: z.int().min(1).default(9).describe('Residual blocks.'),
  normalization: z.enum(['instance', 'batch', 'none']).default('instance').describe('Norm layers (normG).'),
  antialiasDown: z.boolean().default(true).describe('Blur before down-sampling (no_antialias off).'),
  antialiasUp: z.boolean().default(true).describe('Blur after up-sampling (no_antialias_up off).'),
});

export const discriminatorSchema = z.strictObject({
  kind: z
    .enum(['patch', 'pixel'])
    .default('patch')
    .describe('70x70 PatchGAN with 3 layers, or one pixel (netD).'),
  filters: z.int().min(1).default(64).describe('Channels after the first layer (ndf).'),
  layers: z.int().min(1).default(3).describe('Strided layers of the PatchGAN (n_layers_D).'),
  normalization: z.enum(['instance', 'batch', 'none']).default('instance').describe('Norm layers (normD).'),
  antialias: z.boolean().default(true).describe('Blur before down-sampling (no_antialias off).'),
  spectralNorm: z
    .boolean()
    .default(false)
    .describe('Divide each weight by its largest singular value (spectral_norm; Miyato et al. 2018).'),
});

export const initializationSchema = z.strictObject({
  type: z
    .enum(['normal', 'xavier', 'kaiming', 'orthogonal'])
    .default('xavier')
    .describe('Distribution that weights are drawn from (init_type).'),
  gain: z.number().positive().default(0.02).describe('Its scale (init_gain).'),
});

export const adamSchema = (defaults: {
  learningRate: number;
  beta1: number;
  beta2: number;
  weightDecay?: number;
}) =>
  z.strictObject({
    learningRate: z
      .number()
      .positive()
      .default(defaults.learningRate)
      .describe('Step size before the schedule.'),
    beta1: z.number().min(0).lt(1).default(defaults.beta1).describe('Decay of the mean gradient.'),
    beta2: z.number().min(0).lt(1).default(defaults.beta2).describe('Decay of the mean squared gradient.'),
    epsilon: z.number().positive().default(1e-8).describe('Added to the deviation before dividing by it.'),
    weightDecay: z
      .number()
      .min(0)
      .default(defaults.weightDecay ?? 0)
      .describe('L2 penalty on the weights.'),
    decoupledDecay: z
      .boolean()
      .default(false)
      .describe('AdamW: shrink weights instead of adding to the gradient.'),
  });

export const objectiveSchema = z.enum(adversarialObjectives);

/** The adversarial term, which every GAN of the family has. */
export const adversarialFields = ({ objective }: { objective: AdversarialObjective }) => ({
  adversarialObjective: objectiveSchema.default(objective).describe('Kind of adversarial loss (gan_mode).'),
  adversarialWeight: z.number().min(0).default(1).describe('Weight of the adversarial loss (lambda_GAN).'),
});

/** Which patches PatchNCE compares, and how. */
export const contrastFields = ({ featureLayers }: { featureLayers: readonly number[] }) => ({
  featureLayers: z
    .array(z.int().min(0))
    .min(1)
    .default([...featureLayers])
    .describe('Layers of the generator whose patches are compared, ascending (nce_layers).'),
  patches: z.int().min(2).default(256).describe('Places compared in each layer (num_patches).'),
  projectionChannels: z.int().min(1).default(256).describe('Channels of a projected patch (netF_nc).'),
  temperature: z.number().positive().default(0.07).describe('tau of PatchNCE (nce_T).'),
});

/** An object schema whose fields all have defaults, itself optional. */
export function defaulted<T extends z.ZodObject>(schema: T) {
  return schema.prefault({} as z.input<T>);
}
