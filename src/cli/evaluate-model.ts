import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Manifest } from '../core/manifest.ts';
import { writeWhole } from '../core/write-whole.ts';
import {
  cardWithEvaluation,
  type EvaluationReport,
  type EvaluationRequest,
  evaluate,
  type PictureSet,
} from '../evaluation/index.ts';
import { availableThreads } from '../runtime/index.ts';
import {
  commonRequest,
  type Evaluate,
  type EvaluateFlags,
  type EvaluationSurroundings,
  listPictures,
  reportHead,
  testFolders,
} from './evaluate-settings.ts';
import { readModel } from './open-model.ts';
import { hasCodebook, requirePrior, sampleCodes } from './sample-codes.ts';
import { requireSampling, sampleGuided, samplesInSteps } from './sample-guided.ts';
import { requireOneOutput, sampleModel, takesCodes } from './sample-model.ts';
import { translateFolder } from './translate-folder.ts';

type MadeTranslations = Pick<EvaluationRequest, 'translated'> & { readonly how?: string };
type ModelFlags = EvaluateFlags & { readonly model: string; readonly data: string };

/** A model on the test pictures of a dataset. */
export function evaluateModel(flags: ModelFlags): Evaluate {
  return async (surroundings) => {
    const manifest = await readModel(flags.models, flags.model);
    // Translations are read again for each extractor, so that only a batch of them is ever in memory.
    const temporary = await mkdtemp(path.join(tmpdir(), 'unpaired-evaluate-'));
    try {
      const report = await evaluateTranslations(flags, manifest, temporary, surroundings);
      if (flags.writeCard) await writeCard(path.join(flags.models, manifest.name, manifest.version), report);
      return report;
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  };
}

async function evaluateTranslations(
  flags: ModelFlags,
  manifest: Manifest,
  out: string,
  surroundings: EvaluationSurroundings,
): Promise<EvaluationReport> {
  const { data, limit, seed, stats } = flags;
  const { name, version, sourceDomain, targetDomain, image } = manifest;
  const { from, to } = testFolders(manifest, flags.direction);
  const source = path.join(data, from);
  const files = await listPictures(source, limit);
  const goal = path.join(data, to);
  requirePrior(manifest, flags);
  requireSampling(manifest, flags);
  const wantsTarget = stats === undefined || flags.pairs || hasCodebook(manifest);
  const target = wantsTarget ? { folder: goal, files: await listPictures(goal, limit) } : undefined;
  const common = await commonRequest(flags, surroundings);
  const model = `${name}/${version}`;
  const { how, ...made } = await makePictures(
    { manifest, source: { folder: source, files }, target, out },
    flags,
    surroundings,
  );
  const found = await evaluate({
    ...common,
    ...made,
    source: { folder: source, files, policy: image },
    ...(target && { target }),
  });
  const against =
    target === undefined ? `the statistics of ${stats}` : `${target.files.length} pictures of ${to}`;
  return {
    ...reportHead(seed),
    subject: `${model}, ${sourceDomain} to ${targetDomain}: ${files.length} pictures of ${from} against ${against}${how === undefined ? '' : `; ${how}`}`,
    pictures: { translated: files.length, target: target?.files.length },
    ...found,
  };
}

interface TestPictures {
  readonly manifest: Manifest;
  readonly source: PictureSet;
  readonly target: PictureSet | undefined;
  /** Folder for what is made. */
  readonly out: string;
}

/** What is measured of a model, and how it was made, in words. */
function makePictures(
  { manifest, source, target, out }: TestPictures,
  flags: ModelFlags,
  surroundings: EvaluationSurroundings,
): Promise<Omit<Partial<EvaluationRequest>, 'translated'> & MadeTranslations> {
  if (takesCodes(manifest)) return sampleModel({ manifest, source, out }, flags, surroundings);
  if (hasCodebook(manifest) && target !== undefined) {
    return sampleCodes({ manifest, pictures: { source, target }, out }, flags, surroundings);
  }
  if (samplesInSteps(manifest)) return sampleGuided({ manifest, source, out }, flags, surroundings);
  return translateModel({ manifest, source, out }, flags, surroundings);
}

/** One translation of each picture, by the service's own pipeline. */
async function translateModel(
  { manifest, source, out }: Omit<TestPictures, 'target'>,
  flags: ModelFlags,
  surroundings: EvaluationSurroundings,
): Promise<MadeTranslations> {
  const { models, threads = availableThreads(), provider } = flags;
  requireOneOutput(manifest, flags);
  const model = `${manifest.name}/${manifest.version}`;
  const files = await translateFolder({ ...source, models, model, out, provider, threads, ...surroundings });
  return { translated: { folder: out, files } };
}

async function writeCard(folder: string, report: EvaluationReport): Promise<void> {
  const file = path.join(folder, 'CARD.md');
  const card = await readFile(file, 'utf8').catch(() => `# ${path.basename(path.dirname(folder))}\n`);
  await writeWhole(file, Buffer.from(cardWithEvaluation(card, report)));
}
