import { z } from 'zod';
import { preprocessModes } from '../../image/index.ts';
import { cutSchema, fastCutSchema } from './cut.ts';
import { cycleGanSchema } from './cyclegan.ts';
import { dclganSchema } from './dclgan.ts';
import { dritSchema } from './drit.ts';
import { encoSchema } from './enco.ts';
import { pictureFields } from './fields.ts';
import { simdclSchema } from './simdcl.ts';
import { vqI2iSchema } from './vq-i2i.ts';

const warmStartSource = z.strictObject({
  network: z.string().optional().describe('Network of the method; without it, the one that the weights fit.'),
  file: z.string().min(1).describe('Checkpoint: of PyTorch, safetensors, or of a run.'),
  name: z.string().min(1).optional().describe('Which weights of the file, where it has several.'),
  sha256: z.string().length(64).describe('Checksum of the file.'),
});

/** A file that networks begin with. */
export type WarmStartSource = z.output<typeof warmStartSource>;

/** Settings that every run has. */
export const shared = {
  data: z.string().min(1).describe('Folder with trainA, trainB, testA and testB.'),
  seed: z.int().min(0).default(0).describe('Start of every random stream: weights, order, crops, patches.'),
  warmStart: z
    .array(warmStartSource)
    .default([])
    .describe('Checkpoints that networks begin with instead of drawn weights (--from).'),
  ...pictureFields({ loadSize: 286, cropSize: 256 }),
  accumulate: z
    .int()
    .min(1)
    .default(1)
    .describe('Batches whose gradients are averaged for one step of the optimizers.'),
  preprocess: z.enum(preprocessModes).default('resize_and_crop').describe('How pictures get one size.'),
  serial: z.boolean().default(false).describe('Pictures in the order of their paths instead of at random.'),
  averageDecay: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe(
      "Decay of a moving average of the generators' weights, used for previews and export, once the run is long; 0: none.",
    ),
  checkpointSteps: z.int().min(1).default(1000).describe('Steps between checkpoints.'),
  keepCheckpoints: z.int().min(1).default(3).describe('Newest checkpoints kept.'),
  previewSteps: z.int().min(1).default(1000).describe('Steps between preview grids.'),
  previewPictures: z.int().min(1).default(4).describe('Test pictures of each domain in a preview grid.'),
  logSteps: z
    .int()
    .min(1)
    .default(20)
    .describe('Steps between lines of metrics.jsonl and TensorBoard points.'),
  stepsPerRun: z
    .int()
    .min(1)
    .default(1)
    .describe(
      'Optimizer steps in one run of the graph; more than 1 pays on a GPU, where the weights then stay.',
    ),
};

/** Full rate for `constant`, then linearly to zero over `decay`; it may rise over `warmUp` first. */
export const scheduleSchema = (published: {
  unit?: 'epochs' | 'steps';
  constant: number;
  decay: number;
  warmUp?: number;
}) =>
  z
    .strictObject({
      unit: z
        .enum(['epochs', 'steps'])
        .default(published.unit ?? 'epochs')
        .describe('What constant and decay count.'),
      constant: z
        .int()
        .min(0)
        .default(published.constant)
        .describe('Time at the full learning rate (n_epochs).'),
      decay: z
        .int()
        .min(0)
        .default(published.decay)
        .describe('Time of the linear decay to zero (n_epochs_decay).'),
      warmUp: z
        .int()
        .min(0)
        .default(published.warmUp ?? 0)
        .describe('Time at the start in which the rate rises linearly to full (warmup_epochs).'),
    })
    .refine(({ constant, decay }) => constant + decay > 0, 'constant and decay are both 0: nothing to train')
    .refine(
      ({ constant, decay, warmUp }) => warmUp <= constant + decay,
      'warmUp must not be longer than constant and decay together',
    )
    .prefault({});

/** Everything that decides what a training run computes, stored as config.json in its folder. */
export const trainingSchema = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('cut'),
    ...shared,
    schedule: scheduleSchema({ constant: 200, decay: 200 }),
    options: cutSchema.prefault({}),
  }),
  z.strictObject({
    method: z.literal('fastcut'),
    ...shared,
    schedule: scheduleSchema({ constant: 150, decay: 50 }),
    options: fastCutSchema.prefault({}),
  }),
  z.strictObject({
    method: z.literal('cyclegan'),
    ...shared,
    schedule: scheduleSchema({ constant: 100, decay: 100 }),
    options: cycleGanSchema.prefault({}),
  }),
  z.strictObject({
    method: z.literal('dclgan'),
    ...shared,
    schedule: scheduleSchema({ constant: 200, decay: 200 }),
    options: dclganSchema.prefault({}),
  }),
  z.strictObject({
    method: z.literal('simdcl'),
    ...shared,
    schedule: scheduleSchema({ constant: 200, decay: 200 }),
    options: simdclSchema.prefault({}),
  }),
  z.strictObject({
    method: z.literal('enco'),
    ...shared,
    schedule: scheduleSchema({ constant: 100, decay: 100, warmUp: 20 }),
    options: encoSchema.prefault({}),
  }),
  z.strictObject({
    method: z.literal('drit'),
    ...shared,
    ...pictureFields({ loadSize: 256, cropSize: 216 }),
    batchSize: z
      .int()
      .min(2)
      .multipleOf(2)
      .default(2)
      .describe('Pictures of each domain in a step: one half is translated, the other shown as real.'),
    schedule: scheduleSchema({ constant: 600, decay: 600 }),
    options: dritSchema.prefault({}),
  }),
  z.strictObject({
    method: z.literal('vq-i2i'),
    ...shared,
    schedule: scheduleSchema({ constant: 1000, decay: 0 }),
    options: vqI2iSchema.prefault({}),
  }),
]);

export type TrainingConfig = z.output<typeof trainingSchema>;
export const methodNames = trainingSchema.options.map((option) => option.shape.method.value);
