import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseTrainingConfig } from './parse.ts';
import { methodNames, trainingSchema } from './schema.ts';

const publishedGenerator = {
  filters: 64,
  blocks: 9,
  normalization: 'instance',
  antialiasDown: true,
  antialiasUp: true,
};
const publishedDiscriminator = {
  kind: 'patch',
  filters: 64,
  layers: 3,
  normalization: 'instance',
  antialias: true,
  spectralNorm: false,
};

/** Options of `python train.py --CUT_mode CUT` in taesungp/contrastive-unpaired-translation, under our names. */
const publishedCut = {
  method: 'cut',
  data: 'photos',
  seed: 0,
  loadSize: 286,
  cropSize: 256,
  flip: true,
  batchSize: 1,
  preprocess: 'resize_and_crop',
  serial: false,
  schedule: { unit: 'epochs', constant: 200, decay: 200, warmUp: 0 },
  options: {
    generator: publishedGenerator,
    discriminator: publishedDiscriminator,
    initialization: { type: 'xavier', gain: 0.02 },
    adversarialObjective: 'lsgan',
    adversarialWeight: 1,
    contrastiveWeight: 1,
    identityContrast: true,
    flipEquivariance: false,
    featureLayers: [0, 4, 8, 12, 16],
    patches: 256,
    projectionChannels: 256,
    temperature: 0.07,
    negativesFromMinibatch: false,
    optimizer: {
      learningRate: 2e-4,
      beta1: 0.5,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      decoupledDecay: false,
    },
  },
};

/** Ours alone: how a run is watched and kept, not what it computes. */
const ownDefaults = {
  averageDecay: 0,
  checkpointSteps: 1000,
  warmStart: [],
  accumulate: 1,
  keepCheckpoints: 3,
  previewSteps: 1000,
  previewPictures: 4,
  logSteps: 20,
  stepsPerRun: 1,
};

it('trains CUT as published when nothing is said', () => {
  expect(parseTrainingConfig({ method: 'cut', data: 'photos' })).toEqual({ ...publishedCut, ...ownDefaults });
});

it('trains FastCUT as published when nothing is said', () => {
  expect(parseTrainingConfig({ method: 'fastcut', data: 'photos' })).toEqual({
    ...publishedCut,
    ...ownDefaults,
    method: 'fastcut',
    schedule: { unit: 'epochs', constant: 150, decay: 50, warmUp: 0 },
    options: {
      ...publishedCut.options,
      contrastiveWeight: 10,
      identityContrast: false,
      flipEquivariance: true,
    },
  });
});

it('trains CycleGAN as published when nothing is said', () => {
  const { method: _, options, ...others } = publishedCut;
  expect(parseTrainingConfig({ method: 'cyclegan', data: 'photos' })).toEqual({
    ...others,
    ...ownDefaults,
    method: 'cyclegan',
    schedule: { unit: 'epochs', constant: 100, decay: 100, warmUp: 0 },
    options: {
      generator: {
        ...publishedGenerator,
        kind: 'resnet',
        downs: 8,
        antialiasDown: false,
        antialiasUp: false,
      },
      discriminator: { ...publishedDiscriminator, antialias: false, spectralNorm: false },
      initialization: { type: 'normal', gain: 0.02 },
      adversarialObjective: 'lsgan',
      gradientPenaltyWeight: 10,
      cycleWeightA: 10,
      cycleWeightB: 10,
      identityWeight: 0.5,
      poolSize: 50,
      optimizer: options.optimizer,
    },
  });
});

/** Options that DCLGAN and SimDCL share. */
function publishedDual() {
  const { identityContrast, flipEquivariance, negativesFromMinibatch, contrastiveWeight, ...shared } =
    publishedCut.options;
  return { ...shared, adversarialObjective: 'hinge', featureLayers: [4, 8, 12, 16] };
}

it('trains DCLGAN as published when nothing is said, slips included', () => {
  const shared = publishedDual();
  expect(parseTrainingConfig({ method: 'dclgan', data: 'photos' })).toEqual({
    ...publishedCut,
    ...ownDefaults,
    method: 'dclgan',
    options: {
      ...shared,
      contrastiveWeight: 2,
      identityWeight: 1,
      samplerOptimizer: { ...shared.optimizer, learningRate: 1e-3, beta1: 0.9 },
    },
  });
});

it('trains SimDCL as published when nothing is said: no weight of PatchNCE or identity', () => {
  const shared = publishedDual();
  expect(parseTrainingConfig({ method: 'simdcl', data: 'photos' })).toEqual({
    ...publishedCut,
    ...ownDefaults,
    method: 'simdcl',
    options: { ...shared, similarityWeight: 10, samplerOptimizer: shared.optimizer },
  });
});

it('trains EnCo as its published command does when nothing is said', () => {
  const { optimizer, generator, discriminator, initialization } = publishedCut.options;
  expect(parseTrainingConfig({ method: 'enco', data: 'photos' })).toEqual({
    ...publishedCut,
    ...ownDefaults,
    method: 'enco',
    schedule: { unit: 'epochs', constant: 100, decay: 100, warmUp: 20 },
    options: {
      generator,
      discriminator,
      initialization,
      adversarialObjective: 'lsgan',
      adversarialWeight: 1,
      contentWeight: 2,
      identity: true,
      identityWeight: 10,
      identityTime: null,
      identityDecay: false,
      flipEquivariance: false,
      featureLayers: [3, 7, 13, 18, 24, 28],
      patches: 256,
      projectionChannels: 256,
      projectionNormalization: 'batch',
      predictor: true,
      stopGradient: true,
      oversampling: 4,
      randomShare: 0.5,
      optimizer: { ...optimizer, learningRate: 5e-5 },
      discriminatorOptimizer: optimizer,
      projectorOptimizer: { ...optimizer, learningRate: 5e-5 },
    },
  });
});

it('keeps the defaults of FastCUT beside what is given', () => {
  const options = { contrastiveWeight: 3, generator: { blocks: 6 } };
  expect(parseTrainingConfig({ method: 'fastcut', data: 'photos', options }).options).toEqual({
    ...publishedCut.options,
    contrastiveWeight: 3,
    identityContrast: false,
    flipEquivariance: true,
    generator: { ...publishedGenerator, blocks: 6 },
  });
});

it('gives back what it has made: a run reads its own config.json', () => {
  const config = parseTrainingConfig({ method: 'fastcut', data: 'photos', options: { patches: 64 } });
  expect(parseTrainingConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
});

it('trains VQ-I2I as the published script does, and pairs by the weights of the script for pairs', () => {
  const weightsOf = (options: object) => {
    const config = parseTrainingConfig({ method: 'vq-i2i', data: 'photos', options });
    const { options: parsed } = config as Extract<typeof config, { method: 'vq-i2i' }>;
    const { styleRegressionWeight, contentRegressionWeight, crossReconstructionWeight } = parsed;
    return [
      parsed.translationJudgement,
      styleRegressionWeight,
      contentRegressionWeight,
      crossReconstructionWeight,
    ];
  };
  expect(weightsOf({})).toEqual([1, 0, 0, 0]);
  expect(weightsOf({ paired: true })).toEqual([0.8, 0.25, 0.25, 1.5]);
  expect(weightsOf({ paired: true, crossReconstructionWeight: 0, translationJudgement: 1 })).toEqual([
    1, 0.25, 0.25, 0,
  ]);
  const config = parseTrainingConfig({ method: 'vq-i2i', data: 'photos' });
  expect(config.schedule).toMatchObject({ unit: 'epochs', constant: 1000, decay: 0 });
  expect(parseTrainingConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
});

it('knows its methods by name', () => {
  expect(methodNames).toEqual(['cut', 'fastcut', 'cyclegan', 'dclgan', 'simdcl', 'enco', 'drit', 'vq-i2i']);
});

/** Paths of the fields that no sentence explains; objects are explained by their fields. */
function unexplained(schema: z.core.JSONSchema.JSONSchema, path: string): string[] {
  const fields = Object.entries(schema.properties ?? {}) as [string, z.core.JSONSchema.JSONSchema][];
  if (fields.length > 0) return fields.flatMap(([name, field]) => unexplained(field, `${path}.${name}`));
  return schema.description === undefined && schema.const === undefined ? [path] : [];
}

it('explains every field', () => {
  const { oneOf = [] } = z.toJSONSchema(trainingSchema, { io: 'input' });
  expect(oneOf).toHaveLength(methodNames.length);
  expect(oneOf.flatMap((method, index) => unexplained(method, methodNames[index] as string))).toEqual([]);
});
