import { z } from 'zod';
import { codePriorSchema } from './code-prior.ts';
import { scheduleSchema, shared } from './schema.ts';
import { vqI2iSchema } from './vq-i2i.ts';

/** The run that codes are taken from: what of it decides them. */
const firstStageSchema = z.strictObject({
  checkpoint: z.string().min(1).describe('Checkpoint of a run of the first stage.'),
  sha256: z.string().length(64).describe('Checksum of the file.'),
  cropSize: z.int().min(8).describe('Side of the pictures that the first stage was trained on.'),
  averaged: z.boolean().describe('Take the moving averages of its weights.'),
  options: vqI2iSchema.describe('Its options.'),
});

/** What a run of the first stage says in its config.json, as far as the second looks at it. */
export const firstStageRunSchema = z
  .object({
    method: z.literal('vq-i2i'),
    data: shared.data,
    loadSize: shared.loadSize,
    cropSize: shared.cropSize,
    flip: shared.flip,
    averageDecay: shared.averageDecay,
    options: vqI2iSchema,
  })
  .transform(({ data, loadSize, cropSize, flip, averageDecay, options }) => ({
    pictures: { data, loadSize, cropSize, flip },
    model: { cropSize, averaged: averageDecay > 0, options },
  }));

export type FirstStageRun = z.output<typeof firstStageRunSchema>;

/** What the second stage of VQ-I2I begins with, stored in its config.json. */
export type FirstStage = z.output<typeof firstStageSchema>;

export const priorMethod = 'vq-i2i-prior';

/** Everything that decides what a run of VQ-I2I's second stage computes. */
export const priorSchema = z.strictObject({
  method: z.literal(priorMethod),
  ...shared,
  schedule: scheduleSchema({ constant: 200, decay: 0 }),
  options: codePriorSchema.prefault({}),
  cuts: z
    .int()
    .min(1)
    .default(1)
    .describe('Cuts of each training picture that are turned into codes, once, before the first step.'),
  heldOutPictures: z
    .int()
    .min(1)
    .default(100)
    .describe(
      'Most test pictures of each domain that are turned into codes, to tell at previews and checkpoints how well codes that are not trained on are foretold.',
    ),
  firstStage: firstStageSchema,
});

export type PriorConfig = z.output<typeof priorSchema>;

/** The preset `small` of the second stage: sized for hours on a processor. */
export const smallPrior = {
  batchSize: 4,
  options: { layers: 6, heads: 8, width: 256, optimizer: { learningRate: 3e-4 } },
};
