import { z } from 'zod';
import { UnpairedError } from '../../core/errors.ts';
import { preprocessModes } from '../../image/index.ts';
import { cutSchema, fastCutDefaults } from './cut.ts';
import { pictureFields } from './fields.ts';

/** Settings that every method has. */
const shared = {
  data: z.string().min(1).describe('Folder with trainA, trainB, testA and testB.'),
  seed: z.int().min(0).default(0).describe('Start of every random stream: weights, order, crops, patches.'),
  ...pictureFields,
  preprocess: z.enum(preprocessModes).default('resize_and_crop').describe('How pictures get one size.'),
  serial: z.boolean().default(false).describe('Pictures in the order of their paths instead of at random.'),
  averageDecay: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe("Decay of a moving average of the generators' weights, used for previews and export; 0: none."),
  checkpointSteps: z.int().min(1).default(1000).describe('Steps between checkpoints.'),
  keepCheckpoints: z.int().min(1).default(3).describe('Newest checkpoints kept.'),
  previewSteps: z.int().min(1).default(1000).describe('Steps between preview grids.'),
  previewPictures: z.int().min(1).default(4).describe('Test pictures in a preview grid.'),
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

/** Full rate for `constant`, then linearly to zero over `decay`, in epochs (as published) or in steps. */
const scheduleSchema = (epochs: { constant: number; decay: number }) =>
  z
    .strictObject({
      unit: z.enum(['epochs', 'steps']).default('epochs'),
      constant: z.int().min(0).default(epochs.constant).describe('Time at the full learning rate.'),
      decay: z.int().min(0).default(epochs.decay).describe('Time of the linear decay to zero.'),
    })
    .refine(({ constant, decay }) => constant + decay > 0, 'constant and decay are both 0: nothing to train')
    .prefault({});

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
    options: z.preprocess((given) => ({ ...fastCutDefaults, ...(given as object) }), cutSchema).prefault({}),
  }),
]);

export type TrainingConfig = z.output<typeof trainingSchema>;
export type MethodName = TrainingConfig['method'];
export const methodNames = trainingSchema.options.map((option) => option.shape.method.value);

/** Sized for hours on a CPU rather than days on a GPU: 128x128 pixels, half the channels. */
const smallPreset = {
  loadSize: 143,
  cropSize: 128,
  options: { generator: { filters: 32 }, discriminator: { filters: 32 } },
};

export const presets: Readonly<Record<string, object>> = { published: {}, small: smallPreset };

/** Training settings that do not fit their schema; the message lists every field at fault. */
export class TrainingConfigError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'TRAINING_CONFIG_INVALID', status: 422 });
  }
}

/**
 * Complete, checked settings.
 * @throws TrainingConfigError naming every field at fault
 */
export function parseTrainingConfig(given: unknown): TrainingConfig {
  const result = trainingSchema.safeParse(given);
  if (!result.success) {
    const faults = result.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'settings'}: ${message}`,
    );
    throw new TrainingConfigError(`these training settings cannot be used: ${faults.join('; ')}`);
  }
  const config = result.data;
  if (config.cropSize > config.loadSize && config.preprocess.endsWith('_and_crop')) {
    throw new TrainingConfigError(
      `cropSize must not be larger than loadSize, got ${config.cropSize} and ${config.loadSize}`,
    );
  }
  return config;
}

/** `over` laid over `base`, object by object. */
export function mergeSettings(base: object, over: object): object {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    merged[key] = isRecord(old) && isRecord(value) ? mergeSettings(old, value) : value;
  }
  return merged;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
