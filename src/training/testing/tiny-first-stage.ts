import { Random } from '../../core/random.ts';
import { initializeNetwork } from '../../nn/initialize.ts';
import { parseRunConfig, type RunConfig } from '../config/index.ts';
import { type PriorConfig, priorMethod } from '../config/prior.ts';
import { vqI2iSchema } from '../config/vq-i2i.ts';
import { networkOf } from '../methods/method.ts';
import { autoencoderName } from '../methods/vq-i2i/networks.ts';
import { vqI2i } from '../methods/vq-i2i/vq-i2i.ts';
import { settingsAfter } from '../prior/first-stage.ts';
import { type RunFolder, runFolder, saveCheckpoint, writeRunConfig } from '../run/index.ts';
import { parameterName } from '../step/state.ts';

const pictures = { loadSize: 18, cropSize: 16, flip: true };

const options = vqI2iSchema.parse({
  generator: { filters: 32, multipliers: [1, 1, 1], residualBlocks: 1, attentionResolutions: [] },
  codebook: { size: 8, dimension: 4 },
  style: { channels: 2, codeSize: 2, perceptronChannels: 4 },
  discriminator: { filters: 2, layers: 1 },
});

/** A run of VQ-I2I's first stage with all that the second takes from it: codes of 4x4 pixels out of 8, of pictures of 16x16. */
export async function tinyFirstStage(path: string, data: string): Promise<RunFolder> {
  const folder = runFolder(path);
  const method = vqI2i(options, [1, 3, pictures.cropSize, pictures.cropSize]);
  const { state, initialization } = networkOf(method, autoencoderName);
  const weights = initializeNetwork(state, initialization, Random.of(1));
  const named = [...weights].map(([key, tensor]) => [parameterName(autoencoderName, key), tensor] as const);
  await saveCheckpoint(folder.checkpoints, { step: 0, tensors: new Map(named), meta: {} });
  const config = { method: 'vq-i2i', data, ...pictures, averageDecay: 0, seed: 0, options };
  await writeRunConfig(folder, config);
  return folder;
}

/** A run of 6 steps of the second stage on the codes of the first, but for `changes`. */
export async function tinyPriorConfig(firstStage: RunFolder, changes: object = {}): Promise<PriorConfig> {
  const config: RunConfig = parseRunConfig({
    method: priorMethod,
    ...(await settingsAfter(firstStage)),
    batchSize: 2,
    checkpointSteps: 1000,
    previewSteps: 1000,
    logSteps: 1,
    schedule: { unit: 'steps', constant: 6, decay: 0 },
    options: { layers: 1, heads: 2, width: 8, optimizer: { learningRate: 0.01 } },
    ...changes,
  });
  if (config.method === priorMethod) return config;
  throw new Error(`expected settings of ${priorMethod}, got ${config.method}`);
}
