import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { InvalidArgumentError, messageOf } from '../../core/errors.ts';
import type { Manifest } from '../../core/manifest.ts';
import { nextVersion, requireNewPackage, writePackage } from '../export/package.ts';
import { middleOf, previewOf } from '../export/preview.ts';
import { dritWeights } from './drit-checkpoint.ts';
import { dritModel } from './drit-model.ts';
import { classifierWeights, scoreWeights } from './egsde-checkpoint.ts';
import { egsdeModel } from './egsde-model.ts';
import { feedForwardModel, generatorModel } from './feed-forward-model.ts';
import type { FoundModel } from './found-model.ts';
import { importCard } from './import-card.ts';
import type { ImportRequest, NamedImport } from './import-request.ts';
import { guessNames } from './names.ts';
import { onnxGenerator } from './onnx-generator.ts';
import { readWeights } from './read-weights.ts';
import { refuse, refuseEgsdeChoices, refuseVqChoices } from './refused-choices.ts';
import { vqWeights } from './vq-checkpoint.ts';
import { vqModel } from './vq-model.ts';

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
  const found = await readModel(request, bytes);
  asked.recognised?.(found.generator);
  const preview = await previewOfTrial(found, request.pictures);
  return writePackage(models, {
    manifest: manifestOf(request, found),
    networks: found.networks,
    card: importCard(request, { ...found, parameters: parametersOf(found), sha256: checksum(bytes) }),
    ...(preview === undefined ? {} : { preview }),
  });
}

function checksum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function contentOf(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new InvalidArgumentError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
}

async function withDefaults(asked: ImportRequest): Promise<NamedImport> {
  const guess = guessNames(asked);
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

/** @throws InvalidArgumentError also for a choice that means nothing for such a file */
async function readModel(request: NamedImport, bytes: Uint8Array): Promise<FoundModel> {
  const { file, network, changes, direction, size, session } = request;
  if (extname(file).toLowerCase() === '.onnx') {
    const chosen = network !== undefined || changes.length > 0 || undefined;
    refuse('--network and --set', chosen, 'are for weights; an ONNX file is taken as it is');
    refuse('--direction', direction, 'is for checkpoints of both domains; an ONNX file is taken as it is');
    refuseVqChoices(request);
    refuseEgsdeChoices(request);
    const { network: found, image } = await onnxGenerator(bytes, size, session);
    return feedForwardModel(found, { image, generator: 'ONNX file of another program', session });
  }
  const dicts = readWeights(file, bytes);
  const score = scoreWeights(dicts);
  if (score !== undefined) {
    refuse('--network', network, 'is for files of several generators; of this one all networks are taken');
    refuse('--direction', direction, 'is for checkpoints of both domains; a score network makes one');
    refuseVqChoices(request);
    const { weights: classifier, sha256: classifierSha256 } = await classifierOf(request);
    return { ...(await egsdeModel({ score, classifier }, request)), classifierSha256 };
  }
  refuseEgsdeChoices(request);
  if (classifierWeights(dicts) !== undefined) {
    throw new InvalidArgumentError(
      "the file holds a classifier: import the score network's checkpoint, and give this one as --classifier",
    );
  }
  const vq = vqWeights(dicts);
  if (vq !== undefined) {
    refuse('--network', network, 'is for files of several generators; of this one all networks are taken');
    const prior = await secondStage(request);
    const model = await vqModel(vq, prior?.weights, request);
    return { ...model, ...(prior && { priorSha256: prior.sha256 }) };
  }
  refuseVqChoices(request);
  const drit = dritWeights(dicts);
  if (drit !== undefined) {
    refuse('--network', network, 'is for files of several generators; of this one choose a --direction');
    return dritModel(drit, request);
  }
  refuse(
    '--direction',
    direction,
    'is for checkpoints of DRIT and VQ-I2I, which hold both; choose with --network',
  );
  return generatorModel(dicts, request);
}

/** @throws InvalidArgumentError when there is none, or the file holds something else */
async function classifierOf({ classifier: file }: ImportRequest) {
  if (file === undefined) {
    throw new InvalidArgumentError(
      "the file holds a score network: give the checkpoint of EGSDE's classifier of domains as --classifier",
    );
  }
  const bytes = await contentOf(file);
  const weights = classifierWeights(readWeights(file, bytes));
  if (weights !== undefined) return { weights, sha256: checksum(bytes) };
  throw new InvalidArgumentError(
    `${file} holds no classifier of EGSDE (middle_block.0.in_layers.0.weight, ...)`,
  );
}

/** @throws InvalidArgumentError when the file holds nothing of VQ-I2I */
async function secondStage({ prior: file }: ImportRequest) {
  if (file === undefined) return undefined;
  const bytes = await contentOf(file);
  const weights = vqWeights(readWeights(file, bytes));
  if (weights !== undefined) return { weights, sha256: checksum(bytes) };
  throw new InvalidArgumentError(`${file} holds no weights of VQ-I2I's second stage`);
}

/** @returns the preview, where pictures were given */
async function previewOfTrial(model: FoundModel, files: readonly string[]): Promise<Uint8Array | undefined> {
  const pictures = await Promise.all(files.map((file) => middleOf(file, model.image)));
  const pairs = await model.try(pictures);
  return pairs.length === 0 ? undefined : previewOf(pairs);
}

/** Undefined where it is not known of every network. */
function parametersOf({ networks, parameters }: FoundModel): number | undefined {
  if (parameters !== undefined) return parameters;
  const counts = Object.values(networks).map(({ parameters }) => parameters);
  return counts.reduce<number | undefined>(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
}

function manifestOf(request: NamedImport, { image, translator }: FoundModel): Omit<Manifest, 'networks'> {
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
    translator,
    provenance: {
      createdAt: new Date().toISOString(),
      software: request.software,
      ...(commands[0] === undefined ? {} : { command: commands[0] }),
      ...(dataset === undefined ? {} : { dataset }),
      ...(datasetLicence === undefined ? {} : { datasetLicence }),
    },
  };
}
