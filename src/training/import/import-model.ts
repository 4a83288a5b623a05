import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { InvalidArgumentError, messageOf } from '../../core/errors.ts';
import type { Manifest } from '../../core/manifest.ts';
import type { Size } from '../../image/index.ts';
import { squarePolicy } from '../export/image-policy.ts';
import { floatOutputGraph, inferenceGraph } from '../export/inference-graph.ts';
import { nextVersion, requireNewPackage, writePackage } from '../export/package.ts';
import { type PackagedNetwork, packagedGraph } from '../export/packaged-network.ts';
import { networkRole } from '../export/packaged-translator.ts';
import { middleOf, previewOf } from '../export/preview.ts';
import { chooseGenerator } from './find-generators.ts';
import { generatorNetwork, type ImportedGenerator } from './generator-network.ts';
import { settingsText, withChanges } from './generator-schema.ts';
import { importCard } from './import-card.ts';
import type { ImportRequest, NamedImport } from './import-request.ts';
import { guessNames } from './names.ts';
import { onnxGenerator } from './onnx-generator.ts';
import { readWeights } from './read-weights.ts';
import { recognise } from './recognise.ts';
import { Trial, trialPicture } from './trial.ts';

/**
 * Makes a model package of a generator from elsewhere: weights of a published architecture, or an ONNX file. The
 * network is run before anything is written.
 * @returns the path of the package
 * @throws CheckpointError, WeightsMismatchError, OnnxGeneratorError, TrialError, PackageExistsError, and
 *   InvalidArgumentError for what was asked wrongly
 */
export async function importModel(asked: ImportRequest): Promise<string> {
  const bytes = await contentOf(asked.file);
  const request = await withDefaults(asked);
  const { models, name, version } = request;
  await requireNewPackage(models, { name, version });
  const found = await readNetwork(request, bytes);
  asked.recognised?.(found.generator);
  const preview = await tried(found, request);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return writePackage(models, {
    manifest: manifestOf(request, found.image),
    networks: { [networkRole]: found.network },
    card: importCard(request, { ...found, parameters: found.network.parameters, sha256 }),
    ...(preview === undefined ? {} : { preview }),
  });
}

/** A network that was read, and what was found out about it. */
interface FoundNetwork {
  readonly network: PackagedNetwork;
  readonly image: Manifest['image'];
  /** What it was recognised as, for people. */
  readonly generator: string;
}

async function contentOf(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new InvalidArgumentError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
}

async function withDefaults(asked: ImportRequest): Promise<NamedImport> {
  const guess = guessNames(asked.file, asked.name);
  const { source = guess.source, target = guess.target, method = 'imported' } = asked;
  return {
    ...asked,
    name: guess.name,
    version: asked.version ?? (await nextVersion(asked.models, guess.name)),
    method,
    source,
    target,
    description:
      asked.description ?? `Translates ${source} to ${target}; imported from ${basename(asked.file)}.`,
  };
}

async function readNetwork(request: NamedImport, bytes: Uint8Array): Promise<FoundNetwork> {
  const { file, network, changes, size, session } = request;
  if (extname(file).toLowerCase() === '.onnx') {
    requireNoChoices(request);
    return { ...(await onnxGenerator(bytes, size, session)), generator: 'ONNX file of another program' };
  }
  const { key, weights } = chooseGenerator(readWeights(file, bytes), network);
  const settings = withChanges(recognise(weights), changes);
  const generator = generatorNetwork(settings, weights);
  const image = imageOf(generator, size);
  await requireFinite(generator, image, request);
  return {
    network: packagedGraph(inferenceGraph(generator), generator.parameters),
    image,
    generator: `${settingsText(settings)}${key === '' ? '' : ` (${key})`}`,
  };
}

/** What only a choice among weights can mean. */
function requireNoChoices({ network, changes }: NamedImport): void {
  if (network === undefined && changes.length === 0) return;
  throw new InvalidArgumentError('--network and --set are for weights; an ONNX file is taken as it is');
}

function imageOf({ sizeMultiple }: ImportedGenerator, size: number | undefined): Manifest['image'] {
  // A U-Net is named after the size that it halves to one pixel.
  const side = size ?? (sizeMultiple > 64 ? sizeMultiple : 256);
  if (side % sizeMultiple === 0) return squarePolicy(side, sizeMultiple);
  throw new InvalidArgumentError(
    `this generator takes sizes that are multiples of ${sizeMultiple} pixels, got --size ${side}`,
  );
}

/** In the package the translation is bytes, among which nothing tells what was not a number. */
async function requireFinite(generator: ImportedGenerator, size: Size, request: NamedImport): Promise<void> {
  const packaged = packagedGraph(floatOutputGraph(generator), generator.parameters);
  const trial = await Trial.open(packaged, request.session);
  try {
    await trial.requireFinite(trialPicture(size));
  } finally {
    await trial.close();
  }
}

/** Runs the network as it goes into the package. @returns the preview, where pictures were given */
async function tried(
  { network, image }: FoundNetwork,
  request: NamedImport,
): Promise<Uint8Array | undefined> {
  const pictures = await Promise.all(request.pictures.map((file) => middleOf(file, image)));
  const trial = await Trial.open(network, request.session);
  try {
    await trial.translate(trialPicture(image));
    if (pictures.length === 0) return undefined;
    const pairs = [];
    for (const picture of pictures) pairs.push([picture, await trial.translate(picture)] as const);
    return await previewOf(pairs);
  } finally {
    await trial.close();
  }
}

function manifestOf(request: NamedImport, image: Manifest['image']): Omit<Manifest, 'networks'> {
  const { name, version, method, description, source, target, dataset, datasetLicence, commands } = request;
  return {
    schemaVersion: 1,
    name,
    version,
    description,
    method,
    sourceDomain: source,
    targetDomain: target,
    image,
    translator: { kind: 'feed-forward', network: networkRole },
    provenance: {
      createdAt: new Date().toISOString(),
      software: request.software,
      ...(commands[0] === undefined ? {} : { command: commands[0] }),
      ...(dataset === undefined ? {} : { dataset }),
      ...(datasetLicence === undefined ? {} : { datasetLicence }),
    },
  };
}
