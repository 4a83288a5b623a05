import { z } from 'zod';
import { adamSchema, defaulted } from './fields.ts';

const weight = (published: number) => z.number().min(0).default(published);

const adamOf = (learningRate: number) =>
  defaulted(adamSchema({ learningRate, beta1: 0.5, beta2: 0.999, weightDecay: 1e-4 }));

const generatorSchema = z.strictObject({
  variant: z
    .enum(['concat', 'feature-wise'])
    .default('concat')
    .describe(
      'How a code reaches the picture: beside the features of every stage (concat 1, little change of shape), or in the residual blocks alone, with codes that are not drawn around a mean (concat 0, more of it).',
    ),
  filters: z
    .int()
    .min(1)
    .default(64)
    .describe('Channels at full size of encoders and generator; the content code has 4 times as many.'),
});

const discriminatorSchema = z.strictObject({
  scales: z
    .int()
    .min(1)
    .default(3)
    .describe('Sizes at which a picture is judged, each half of the one before (dis_scale).'),
  filters: z.int().min(1).default(64).describe('Channels after the first layer.'),
  spectralNorm: z
    .boolean()
    .default(false)
    .describe('Divide each weight by its largest singular value (dis_spectral_norm; Miyato et al. 2018).'),
});

const contentDiscriminatorSchema = z.strictObject({
  halvings: z
    .int()
    .min(0)
    .default(3)
    .describe(
      'How often it halves content: 3 times for a cropSize from 212, 2 from 100, 1 from 44, 0 below.',
    ),
});

/** Options of DRIT and DRIT++ with the published defaults (HsinYingLee/DRIT). */
export const dritSchema = z.strictObject({
  attributeCodeSize: z.int().min(1).default(8).describe('Numbers of an attribute code (nz).'),
  generator: defaulted(generatorSchema),
  discriminator: defaulted(discriminatorSchema),
  contentDiscriminator: defaulted(contentDiscriminatorSchema),
  contentSteps: z
    .int()
    .min(1)
    .default(3)
    .describe('Of so many steps all but the last update the content discriminator alone (d_iter).'),
  gradientNorm: z
    .number()
    .positive()
    .optional()
    .describe(
      'Longest gradient of encoders and generator, each optimizer by itself; published without. Flat pictures can make it overflow.',
    ),
  contentGradientNorm: z
    .number()
    .positive()
    .default(5)
    .describe(
      "Longest gradient of the content discriminator, clipped to it (published as clip_grad_norm's 5).",
    ),
  adversarialWeight: weight(1).describe('Weight of the adversarial losses of pictures.'),
  contentAdversarialWeight: weight(1).describe('Weight of the adversarial loss of content codes.'),
  crossCycleWeight: weight(10).describe('Weight of the cycle in which the attributes change twice.'),
  selfReconstructionWeight: weight(10).describe('Weight of a picture from its own content and attribute.'),
  attributePriorWeight: weight(0.01).describe(
    'Weight that holds attribute codes to the normal distribution.',
  ),
  contentPriorWeight: weight(0.01).describe('Weight of the mean square of content codes.'),
  latentRegressionWeight: weight(10).describe('Weight of finding a random code again in its picture.'),
  modeSeekingWeight: weight(1).describe(
    'Weight of the loss that keeps pictures of two codes apart (DRIT++; 0: none, no_ms).',
  ),
  optimizer: adamOf(1e-4).describe('Adam of encoders, generator and discriminators of pictures.'),
  contentOptimizer: adamOf(4e-5).describe('Adam of the content discriminator.'),
});

export type DritOptions = z.output<typeof dritSchema>;
