import { join } from 'node:path';
import type { BetaOptions } from '../../core/diffusion/betas.ts';
import type { Pixels, Size } from '../../image/index.ts';
import type { EgsdeConfig } from '../config/egsde.ts';
import { openDataset } from '../data/index.ts';
import { noiseOptions } from '../methods/egsde/diffused.ts';
import { descriptionOf, type ExportRequest } from './export-request.ts';
import { guidedCard } from './guided-card.ts';
import { guidanceOf, samplingDefaults } from './guided-choices.ts';
import {
  type GuidedDiffusionModel,
  guidedDiffusionDescription,
  guidedDiffusionNetworks,
  guidedParameters,
} from './guided-diffusion-networks.ts';
import { type GuidedRuns, guidedRuns } from './guided-run.ts';
import { GuidedSampler } from './guided-sampler.ts';
import { squarePolicy } from './image-policy.ts';
import { nextVersion, requireNewPackage, writePackage } from './package.ts';
import type { PackagedNetwork } from './packaged-network.ts';
import { middleOf, previewOf } from './preview.ts';
import { runManifest } from './run-manifest.ts';
import { writeWeights } from './write-weights.ts';

const method = 'egsde';
const previewPictures = 6;

/**
 * Makes a model package of runs of both parts of EGSDE: a guided step of sampling as one network, and one without guidance.
 * @param config of the run of the score network
 * @returns the path of the package
 * @throws InvalidArgumentError, CheckpointMismatchError, DatasetError, PackageExistsError
 */
export async function exportGuidedDiffusion(request: ExportRequest, config: EgsdeConfig): Promise<string> {
  const runs = await guidedRuns(request, config);
  const { cropSize, seed } = config;
  const multiple = Math.max(runs.score.sizeMultiple, runs.classifier.sizeMultiple);
  const image = { ...squarePolicy(cropSize, multiple), flexible: false };
  const model = modelOf(request, runs, image);
  const version = request.version ?? (await nextVersion(request.models, request.name));
  await requireNewPackage(request.models, { name: request.name, version });
  const networks = guidedDiffusionNetworks(model);
  const preview = await previewOf(await previewPairs(request, runs, model, networks));
  const described = {
    method,
    seed,
    step: runs.score.checkpoint.step,
    image,
    translator: guidedDiffusionDescription(model),
  };
  const manifest = runManifest(request, described, version);
  const card = guidedCard({
    name: request.name,
    version,
    description: descriptionOf(request, method),
    source: request.source,
    target: request.target,
    ...{ runs, model, image },
    parameters: guidedParameters(networks) ?? 0,
    dataset: request.dataset ?? 'Not stated.',
    datasetLicence: request.datasetLicence ?? 'Licence of the data: not stated.',
    pictures: request.pictures ?? [],
    limits: request.limits ?? 'Pictures unlike those of the training data are translated badly.',
    commands: request.commands,
  });
  if (request.safetensors !== undefined) await writeWeights(request.safetensors, runs.score.network.weights);
  return writePackage(request.models, { manifest, networks, card, preview });
}

function modelOf(
  request: ExportRequest,
  { score, classifier }: GuidedRuns,
  size: Size,
): GuidedDiffusionModel {
  const schedule: BetaOptions = noiseOptions(score.config.options.noise);
  return {
    score: score.network,
    classifier: classifier.network,
    size,
    guidance: guidanceOf(request, size.width),
    schedule,
    variance: request.variance ?? 'fixedsmall',
    sources: [request.source],
    defaults: samplingDefaults(request, schedule, size.width),
    severalSteps: request.severalSteps === true,
  };
}

/** Pictures of the source domain, each beside its translation. */
async function previewPairs(
  { pictures = [], threads }: ExportRequest,
  { score: { config }, from }: GuidedRuns,
  model: GuidedDiffusionModel,
  networks: Readonly<Record<string, PackagedNetwork>>,
): Promise<[Pixels, Pixels][]> {
  const files = pictures.length > 0 ? pictures : await testPictures(config.data, `test${from}`);
  return GuidedSampler.during(model, networks, { provider: 'cpu', threads }, async (sampler) => {
    const pairs: [Pixels, Pixels][] = [];
    for (const [place, file] of files.entries()) {
      const picture = await middleOf(file, model.size);
      pairs.push([picture, await sampler.translate(picture, place)]);
    }
    return pairs;
  });
}

async function testPictures(data: string, folder: 'testA' | 'testB'): Promise<string[]> {
  const dataset = await openDataset(data);
  return dataset[folder].slice(0, previewPictures).map((path) => join(data, path));
}
