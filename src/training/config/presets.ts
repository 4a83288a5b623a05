import { smallEgsde } from './egsde.ts';

/** Sized for hours on a CPU rather than days on a GPU: 128x128 pixels, half the channels. */
const small = {
  loadSize: 143,
  cropSize: 128,
  options: { generator: { filters: 32 }, discriminator: { filters: 32 } },
};

/** DRIT makes ten pictures of each domain in a full step, and judges and encodes them: 64x64 pixels. */
const smallDrit = {
  loadSize: 76,
  cropSize: 64,
  options: {
    generator: { filters: 32 },
    discriminator: { filters: 32 },
    contentDiscriminator: { halvings: 1 },
  },
};

/**
 * VQ-I2I: a map of 16x16 codes, as the published one of 256x256 pixels has; what lets a training of hours rather than
 * weeks learn at all: groups of several channels, a start that styles survive, reconstructions first, larger steps.
 */
const smallVqI2i = {
  loadSize: 143,
  cropSize: 128,
  options: {
    generator: {
      filters: 32,
      normGroups: 8,
      multipliers: [1, 1, 2, 4],
      residualBlocks: 1,
      contentChannels: 64,
    },
    codebook: { size: 256, dimension: 64, revivalSteps: 100 },
    style: { channels: 32, perceptronChannels: 128, initialization: 'kaiming' },
    discriminator: { filters: 32 },
    adversarialStart: 5000,
    optimizer: { learningRate: 2e-4 },
  },
};

const smallOf: Readonly<Record<string, object>> = {
  drit: smallDrit,
  'vq-i2i': smallVqI2i,
  ...smallEgsde,
};

const presets: Readonly<Record<string, (method: unknown) => object>> = {
  published: () => ({}),
  small: (method) => smallOf[String(method)] ?? small,
};

export const presetNames: readonly string[] = Object.keys(presets);

/** Settings to start from. What they leave out has its published default. @param name one of `presetNames` */
export function presetOf(name: string, method: unknown): object {
  return presets[name]?.(method) ?? {};
}

/** `over` laid over `base`, object by object; lists are replaced as a whole. */
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
