import { join } from 'node:path';
import type { Manifest } from '../../core/manifest.ts';
import type { StateDict } from '../pytorch/index.ts';
import { CodePainter } from './code-painter.ts';
import { domainStyles } from './domain-styles.ts';
import { descriptionOf, type ExportRequest } from './export-request.ts';
import { squarePolicy } from './image-policy.ts';
import { nextVersion, requireNewPackage, writePackage } from './package.ts';
import { type PackagedNetwork, totalParameters } from './packaged-network.ts';
import { runManifest } from './run-manifest.ts';
import { vectorQuantizedCard } from './vector-quantized-card.ts';
import {
  domainOf,
  type VectorQuantizedModel,
  vectorQuantizedDescription,
  vectorQuantizedNetworks,
} from './vector-quantized-networks.ts';
import { vectorQuantizedPreview } from './vector-quantized-preview.ts';
import {
  type VectorQuantizedConfig,
  type VectorQuantizedRun,
  vectorQuantizedRun,
} from './vector-quantized-run.ts';
import { writeWeights } from './write-weights.ts';

/** Of the second stage too: what a package of it does is all of VQ-I2I. */
const method = 'vq-i2i';

/**
 * Makes a model package of a run of VQ-I2I: of the first stage what translates in both directions, of the second also
 * what makes codes up. The distributions of styles are taken of the training pictures.
 * @returns the path of the package
 * @throws InvalidArgumentError, DatasetError, PackageExistsError
 */
export async function exportVectorQuantized(
  request: ExportRequest,
  config: VectorQuantizedConfig,
): Promise<string> {
  const run = await vectorQuantizedRun(request, config);
  const image = squarePolicy(config.cropSize, run.model.autoencoder.sizeMultiple);
  const version = request.version ?? (await nextVersion(request.models, request.name));
  await requireNewPackage(request.models, { name: request.name, version });
  const networks = vectorQuantizedNetworks(run.model);
  const session = { provider: 'cpu', threads: request.threads } as const;
  const { model, preview } = await CodePainter.during(networks, session, async (painter) => {
    const model = await withStyles(painter, run.model, config.data, image);
    const shown = { data: config.data, size: image };
    return { model, preview: await vectorQuantizedPreview(painter, model, shown, request.pictures ?? []) };
  });
  const translator = vectorQuantizedDescription(model);
  const described = { method, seed: config.seed, step: run.checkpoint.step, image, translator };
  const manifest = runManifest(request, described, version);
  const card = cardOf(request, { run, image, networks }, version);
  if (request.safetensors !== undefined) await writeWeights(request.safetensors, publishedWeights(model));
  return writePackage(request.models, { manifest, networks, card, preview });
}

async function withStyles(
  painter: CodePainter,
  model: VectorQuantizedModel,
  data: string,
  size: Manifest['image'],
): Promise<VectorQuantizedModel> {
  const [source, target] = [domainOf(model, 'source'), domainOf(model, 'target')];
  const styles = {
    [source]: await domainStyles(painter, 'source', join(data, `train${source}`), size),
    [target]: await domainStyles(painter, 'target', join(data, `train${target}`), size),
  };
  return { ...model, styles };
}

function cardOf(
  request: ExportRequest,
  {
    run,
    image,
    networks,
  }: {
    readonly run: VectorQuantizedRun;
    readonly image: Manifest['image'];
    readonly networks: Readonly<Record<string, PackagedNetwork>>;
  },
  version: string,
): string {
  return vectorQuantizedCard({
    name: request.name,
    version,
    description: descriptionOf(request, method),
    source: request.source,
    target: request.target,
    run,
    image,
    parameters: totalParameters(networks),
    dataset: request.dataset ?? 'Not stated.',
    datasetLicence: request.datasetLicence ?? 'Licence of the data: not stated.',
    pictures: request.pictures ?? [],
    limits: request.limits ?? 'Pictures unlike those of the training data are translated badly.',
    commands: request.commands,
  });
}

/** As the published code saves a model of one stage, or of both. */
function publishedWeights({ weights, prior }: VectorQuantizedModel): StateDict {
  if (prior === undefined) return weights;
  const behind = (prefix: string, dict: StateDict) =>
    [...dict].map(([key, tensor]) => [`${prefix}.${key}`, tensor] as const);
  return new Map([...behind('first_stage_model', weights), ...behind('transformer', prior.weights)]);
}
