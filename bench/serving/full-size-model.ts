import type { Manifest } from '../../src/core/manifest.ts';
import { elementCount } from '../../src/core/tensor.ts';
import { blankPixels, encode } from '../../src/image/index.ts';
import { parseTrainingConfig, type TrainingConfig } from '../../src/training/config/index.ts';
import { inferenceGraph } from '../../src/training/export/inference-graph.ts';
import { writePackage } from '../../src/training/export/package.ts';
import { packagedGraph } from '../../src/training/export/packaged-network.ts';
import { methodOf } from '../../src/training/methods/index.ts';
import {
  type FeedForwardTranslator,
  feedForwardTranslators,
  networkOf,
} from '../../src/training/methods/method.ts';
import { initialState, stateDictOf } from '../../src/training/step/state.ts';

/** CUT as published; but with its gain of 0.02 an untrained generator answers with grey, whatever it is given. */
const config = parseTrainingConfig({
  method: 'cut',
  data: 'none',
  options: { initialization: { type: 'xavier', gain: 1 } },
});

/**
 * Writes a package with the published generator of CUT (64 filters, 9 blocks, 256x256) and random weights: as much
 * work as a trained one. Its pictures are noise, but no two pictures become the same noise.
 */
export async function writeFullSizeModel(models: string): Promise<void> {
  const { filters } = config.options.generator;
  const description = `ResNet generator of CUT, ${filters} filters, ${config.cropSize}x${config.cropSize}, random weights`;
  const { translator, generator } = untrainedGenerator(config);
  await writePackage(models, {
    manifest: manifestOf(translator, description),
    networks: { generator },
    card: `# full-size\n\n${description}\n`,
    preview: await encode(blankPixels({ width: 8, height: 8 }), { format: 'webp' }),
  });
}

/** The generator of a method, with the weights that its training would begin with. */
export function untrainedGenerator(config: TrainingConfig) {
  const method = methodOf(config);
  const translator = feedForwardTranslators(method)[0] as FeedForwardTranslator;
  const { network } = translator;
  const weights = stateDictOf(method, initialState(method, config.seed, false), network, false);
  const shapes = networkOf(method, network).state.parameters.map(({ shape }) => shape);
  const parameters = shapes.reduce((sum, shape) => sum + elementCount(shape), 0);
  const generator = packagedGraph(inferenceGraph({ ...translator, name: network, weights }), parameters);
  return { translator, generator };
}

function manifestOf(
  { sizeMultiple }: FeedForwardTranslator,
  description: string,
): Omit<Manifest, 'networks'> {
  return {
    schemaVersion: 1,
    name: 'full-size',
    version: '1',
    description,
    method: config.method,
    sourceDomain: 'pictures',
    targetDomain: 'noise',
    image: {
      width: config.cropSize,
      height: config.cropSize,
      flexible: true,
      multipleOf: sizeMultiple,
      maximumPixels: 1024 * 1024,
    },
    translator: { kind: 'feed-forward', network: 'generator' },
    provenance: { createdAt: new Date().toISOString(), software: 'unpaired bench' },
  };
}
