import { z } from 'zod';
import { adamSchema, defaulted } from './fields.ts';

const count = (published: number) => z.int().min(1).default(published);
const weight = (published: number) => z.number().min(0).default(published);

/** Of a weight that the published scripts for unpaired and for paired pictures have differently. */
const eitherWeight = z.number().min(0).nullable().default(null);

const vqGeneratorSchema = z.strictObject({
  filters: z
    .int()
    .min(1)
    .default(128)
    .describe('Channels of the first convolution, a multiple of normGroups (ch).'),
  normGroups: count(32).describe(
    'Groups of channels of the norms. Where a group is one channel, as with 32 filters, pictures lose their brightness on the way.',
  ),
  multipliers: z
    .array(z.int().min(1))
    .min(1)
    .default([1, 1, 2, 2, 4])
    .describe(
      'Channels of each level in multiples of these; each level but the last halves the size (ch_mult).',
    ),
  residualBlocks: count(2).describe('Residual blocks of a level (num_res_blocks).'),
  resolution: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Side of the pictures that attentionResolutions is meant for (resolution); null: cropSize.'),
  attentionResolutions: z
    .array(z.int().min(1))
    .default([16])
    .describe('Levels whose maps have one of these sides have attention (attn_resolutions).'),
  contentChannels: count(256).describe('Channels beside the code space (z_channels).'),
});

const codebookSchema = z.strictObject({
  size: z.int().min(2).default(512).describe('Entries of the codebook (n_embed).'),
  dimension: count(512).describe('Length of an entry (embed_dim).'),
  weight: weight(1).describe('Weight of the codebook loss (codebook_weight).'),
  commitmentCost: weight(0.25).describe(
    "Weight of the entries' way to the features beside the features' way to the entries, which has 1 (beta).",
  ),
  revivalSteps: z
    .int()
    .min(0)
    .default(0)
    .describe(
      'An entry that no place has taken for so many steps is put where a random feature of the batch is; 0: never, as published.',
    ),
});

const styleSchema = z.strictObject({
  channels: count(64).describe('Channels after the first convolution of a style encoder.'),
  codeSize: count(8).describe('Numbers of a style code.'),
  perceptronChannels: count(256).describe('Width of the layers between a style code and its decoder.'),
  initialization: z
    .enum(['torch-default', 'kaiming'])
    .default('torch-default')
    .describe(
      "How style encoders and those layers start. torch-default, as published, lets a style all but vanish on its way, which long trainings make good; kaiming (He et al. 2015) is MUNIT's.",
    ),
});

const vqDiscriminatorSchema = z.strictObject({
  filters: count(64).describe('Channels after the first layer (disc_ndf).'),
  layers: count(3).describe('Layers that halve the size (disc_num_layers).'),
  weight: weight(1).describe('Factor on its loss (disc_factor).'),
});

const fields = z.strictObject({
  generator: defaulted(vqGeneratorSchema),
  codebook: defaulted(codebookSchema),
  style: defaulted(styleSchema),
  discriminator: defaulted(vqDiscriminatorSchema),
  paired: z
    .boolean()
    .default(false)
    .describe(
      'Pictures of one place in trainA and trainB, in the order of their paths, show the same: they are cut alike and held together.',
    ),
  adversarialObjective: z
    .enum(['hinge', 'vanilla'])
    .default('hinge')
    .describe('What discriminators minimise (disc_loss); the decoders raise their logits.'),
  reconstructionWeight: weight(5).describe('Weight of the distance of a picture from its reconstruction.'),
  perceptual: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Folder of an imported LPIPS extractor whose distance is added to that of the pixels, as published; null: the pixels alone.',
    ),
  perceptualWeight: weight(1).describe('Weight of that distance beside the pixels (perceptual_weight).'),
  adversarialWeight: weight(0.1).describe('Weight of the adversarial loss of the decoders (switch_weight).'),
  adversarialStart: z
    .int()
    .min(0)
    .default(0)
    .describe(
      'Steps at the beginning that train on reconstructions alone, at a third of the cost: nothing is translated or judged (disc_start of VQGAN; 0, as published).',
    ),
  reconstructionRealism: weight(0.2).describe(
    'Weight of reconstructions in the adversarial losses, beside translations.',
  ),
  translationJudgement: eitherWeight.describe(
    'Weight of translations in the loss of a discriminator; null: 1, or 0.8 where pictures are paired.',
  ),
  styleRegressionWeight: eitherWeight.describe(
    'Weight of finding the style again in a translation, for each domain; null: 0 (told, not trained on), or 0.25 where pictures are paired.',
  ),
  contentRegressionWeight: eitherWeight.describe(
    "Weight of finding the content again in a translation, for each domain; of paired pictures, of the two contents' being alike. null: 0 (told, not trained on), or 0.25 where pictures are paired.",
  ),
  crossReconstructionWeight: eitherWeight.describe(
    'Weight of the distance of a translation from its partner, for each domain, where pictures are paired; null: 1.5.',
  ),
  optimizer: defaulted(adamSchema({ learningRate: 1e-5, beta1: 0.5, beta2: 0.999 })).describe(
    'Adam of encoders, codebook and decoders, and of each discriminator.',
  ),
});

const publishedWeights = {
  unpaired: {
    translationJudgement: 1,
    styleRegressionWeight: 0,
    contentRegressionWeight: 0,
    crossReconstructionWeight: 0,
  },
  paired: {
    translationJudgement: 0.8,
    styleRegressionWeight: 0.25,
    contentRegressionWeight: 0.25,
    crossReconstructionWeight: 1.5,
  },
} as const;

/** Options of the first stage of VQ-I2I with the published defaults (cyj407/VQ-I2I, unpair_train.py, pair_train.py). */
export const vqI2iSchema = fields.transform((options) => {
  const published = publishedWeights[options.paired ? 'paired' : 'unpaired'];
  return {
    ...options,
    translationJudgement: options.translationJudgement ?? published.translationJudgement,
    styleRegressionWeight: options.styleRegressionWeight ?? published.styleRegressionWeight,
    contentRegressionWeight: options.contentRegressionWeight ?? published.contentRegressionWeight,
    crossReconstructionWeight: options.crossReconstructionWeight ?? published.crossReconstructionWeight,
  };
});

export type VqI2iOptions = z.output<typeof vqI2iSchema>;
