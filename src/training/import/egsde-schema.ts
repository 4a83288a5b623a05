import { z } from 'zod';
import { type BetaOptions, betaCourses } from '../../core/diffusion/betas.ts';

/** Far above what is published: a file may claim any size. */
const size = (most: number) => z.int().min(1).max(most);

const levels = {
  channels: size(4096).multipleOf(32).describe('Channels that levels have multiples of (num_channels, ch).'),
  multipliers: z
    .array(z.number().gt(0).max(64))
    .min(1)
    .max(12)
    .describe('Channels of each level, in multiples (channel_mult, ch_mult).'),
  residualBlocks: size(64).describe('Residual blocks of a level on the way down (num_res_blocks).'),
  attentionLevels: z.array(z.int().min(0).max(11)).describe('Levels with attention, counted from full size.'),
  convolutionalResampling: z.boolean().describe('Sizes change by convolutions (conv_resample).'),
};

const adm = {
  ...levels,
  headChannels: size(4096).describe(
    'Channels of a head (num_head_channels), which no tensor tells; usually 64.',
  ),
  heads: z.int().min(0).max(256).describe('Or how many heads there are (num_heads); 0: by their channels.'),
  attentionOrder: z
    .enum(['head-by-head', 'part-by-part'])
    .describe('How rows of queries, keys and values lie, which no tensor tells (use_new_attention_order).'),
  scaleShift: z.boolean().describe('Adaptive group norm (use_scale_shift_norm).'),
  residualResampling: z.boolean().describe('Sizes change inside residual blocks (resblock_updown).'),
};

const outputChannels = size(64)
  .min(3)
  .describe('Channels of the result: those of the noise, and of what tells variances (learn_sigma).');

const admScore = z.strictObject({
  network: z.literal('adm'),
  ...adm,
  outputChannels,
  classes: z.int().min(0).max(1_000_000).describe('Classes that it was told of; 0: none.'),
  class: z
    .int()
    .min(0)
    .optional()
    .describe('The class that every picture is made as, of a network with classes.'),
});

const ddpmScore = z.strictObject({ network: z.literal('ddpm'), ...levels, outputChannels });

const schedule = z.strictObject({
  course: z
    .enum([...betaCourses, 'named-linear', 'cosine'])
    .describe('How the noise grows, which no tensor tells (beta_schedule, noise_schedule).'),
  steps: size(100_000).describe('Times of the process, T.'),
  first: z.number().gt(0).max(1).describe('Variance that the first time adds (beta_start).'),
  last: z.number().gt(0).max(1).describe('Variance that the last time adds (beta_end).'),
});

/** What the networks of EGSDE are made with. */
export const egsdeSchema = z.strictObject({
  kind: z.literal('egsde'),
  score: z.discriminatedUnion('network', [admScore, ddpmScore]),
  classifier: z.strictObject(adm),
  schedule,
});

export type EgsdeSettings = z.infer<typeof egsdeSchema>;
export type AdmSettings = EgsdeSettings['classifier'];
export type ScoreSettings = EgsdeSettings['score'];

/** The schedule without what its course does not ask for. */
export function betaOptionsOf({ course, steps, first, last }: EgsdeSettings['schedule']): BetaOptions {
  if (course === 'named-linear' || course === 'cosine') return { course, steps };
  return { course, steps, first, last };
}
