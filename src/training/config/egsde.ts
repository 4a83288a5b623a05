import { z } from 'zod';
import { adamSchema, defaulted, pictureFields } from './fields.ts';
import { scheduleSchema, shared } from './schema.ts';

const count = (published: number) => z.int().min(1).default(published);

const networkFields = (published: { residualBlocks: number; attentionResolutions: readonly number[] }) => ({
  filters: z
    .int()
    .min(32)
    .multipleOf(32)
    .default(128)
    .describe('Channels that levels have multiples of, a multiple of 32 (num_channels, ch).'),
  multipliers: z
    .array(z.int().min(1))
    .min(1)
    .default([1, 1, 2, 2, 4, 4])
    .describe(
      'Channels of each level in multiples of these; each level but the last halves the size (channel_mult).',
    ),
  residualBlocks: count(published.residualBlocks).describe('Residual blocks of a level (num_res_blocks).'),
  attentionResolutions: z
    .array(z.int().min(1))
    .default([...published.attentionResolutions])
    .describe('Levels whose maps have one of these sides have attention (attention_resolutions).'),
  headChannels: count(64).describe('Channels of a head of attention (num_head_channels); ddpm has one head.'),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Share of the features of residual blocks that are dropped in training.'),
});

const noiseSchema = z.strictObject({
  course: z.enum(['linear', 'cosine']).default('linear').describe('How the noise grows (noise_schedule).'),
  steps: z.int().min(25).default(1000).describe('Times of the process, T (diffusion_steps).'),
});

const scoreNetworkSchema = z.strictObject({
  kind: z
    .enum(['adm', 'ddpm'])
    .default('adm')
    .describe('The U-Net of guided diffusion, or that of DDPM (diffusionmodel).'),
  ...networkFields({ residualBlocks: 1, attentionResolutions: [16] }),
});

const scoreOptions = z.strictObject({
  domain: z.enum(['A', 'B']).default('B').describe('Whose pictures it learns: the target of translations.'),
  network: defaulted(scoreNetworkSchema),
  noise: defaulted(noiseSchema),
  learnedVariance: z
    .boolean()
    .default(true)
    .describe('Learn the variance of steps too, by the hybrid loss (learn_sigma).'),
  rescaledBound: z
    .boolean()
    .default(false)
    .describe('Weigh the variational bound by T / 1000 (rescale_learned_sigmas).'),
  optimizer: defaulted(adamSchema({ learningRate: 1e-4, beta1: 0.9, beta2: 0.999 })).describe(
    'Adam of the network.',
  ),
});

const classifierNetworkSchema = z.strictObject({
  ...networkFields({ residualBlocks: 2, attentionResolutions: [32, 16, 8] }),
  pool: z
    .enum(['attention', 'mean'])
    .default('attention')
    .describe('How a map becomes logits (classifier_pool).'),
});

const classifierOptions = z.strictObject({
  network: defaulted(classifierNetworkSchema),
  noise: defaulted(noiseSchema),
  optimizer: z
    .strictObject({
      ...adamSchema({ learningRate: 3e-4, beta1: 0.9, beta2: 0.999, weightDecay: 0.05 }).shape,
      decoupledDecay: z
        .boolean()
        .default(true)
        .describe('AdamW: shrink weights instead of adding to the gradient.'),
    })
    .prefault({})
    .describe('AdamW of the classifier.'),
});

const pictures = pictureFields({ loadSize: 256, cropSize: 256 });
const batch = (published: number, meaning: string) => z.int().min(1).default(published).describe(meaning);

/** A run of EGSDE's score network, with the published settings of guided diffusion. */
const scoreSchema = z.strictObject({
  method: z.literal('egsde-score'),
  ...shared,
  ...pictures,
  batchSize: batch(8, 'Pictures in a step.'),
  averageDecay: shared.averageDecay.default(0.9999),
  schedule: scheduleSchema({ unit: 'steps', constant: 500_000, decay: 0 }),
  options: scoreOptions.prefault({}),
});

/** A run of EGSDE's classifier, with its published settings (run_train_dse.py). */
const classifierSchema = z.strictObject({
  method: z.literal('egsde-classifier'),
  ...shared,
  ...pictures,
  batchSize: batch(16, 'Pictures of each domain in a step.'),
  schedule: scheduleSchema({ unit: 'steps', constant: 0, decay: 5000 }),
  options: classifierOptions.prefault({}),
});

/** The parts that EGSDE trains one by one. */
export const egsdeSchema = z.discriminatedUnion('method', [scoreSchema, classifierSchema]);

export type ScoreConfig = z.output<typeof scoreSchema>;
export type ClassifierConfig = z.output<typeof classifierSchema>;
export type EgsdeConfig = ScoreConfig | ClassifierConfig;

export const egsdeParts = ['score', 'classifier'] as const;
export type EgsdePart = (typeof egsdeParts)[number];

const methodOfPart = { score: 'egsde-score', classifier: 'egsde-classifier' } as const;

/** How runs of a part are named. */
export function egsdeMethod(part: EgsdePart): EgsdeConfig['method'] {
  return methodOfPart[part];
}

export function isEgsde<T extends { readonly method: unknown }>(
  config: T,
): config is Extract<T, { method: EgsdeConfig['method'] }> {
  return Object.values<unknown>(methodOfPart).includes(config.method);
}

/** 64 channels at least: norms of 32 groups would take the mean of each channel, and with it the brightness of a picture, away. */
const smallNetwork = {
  filters: 64,
  multipliers: [1, 1, 2, 2],
  residualBlocks: 1,
  attentionResolutions: [16, 8],
};
const smallPictures = { loadSize: 64, cropSize: 64, batchSize: 8 };

/**
 * The presets `small`, sized for hours on a processor: 64x64 pixels, half the channels, and for the score network a larger
 * step and a shorter average, as it has thousands of steps rather than half a million.
 */
export const smallEgsde = {
  'egsde-score': {
    ...smallPictures,
    averageDecay: 0.999,
    options: { network: smallNetwork, optimizer: { learningRate: 2e-4 } },
  },
  'egsde-classifier': { ...smallPictures, options: { network: smallNetwork } },
};
