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
} from './evaluate-settings.ts';
import { readModel } from './open-model.ts';
import { requireOneOutput, sampleModel, takesCodes } from './sample-model.ts';
import { translateFolder } from './translate-folder.ts';

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
  const [from, to] =
    (flags.direction ?? directionOf(manifest)) === 'AtoB' ? ['testA', 'testB'] : ['testB', 'testA'];
  const source = path.join(data, from);
  const files = await listPictures(source, limit);
  const goal = path.join(data, to);
  const target = stats === undefined || flags.pairs ? await listPictures(goal, limit) : undefined;
  const common = await commonRequest(flags, surroundings);
  const model = `${name}/${version}`;
  const translating = { manifest, source: { folder: source, files }, out };
  const codes = takesCodes(manifest);
  const made = codes
    ? await sampleModel({ ...translating, manifest }, flags, surroundings)
    : await translateModel(translating, flags, surroundings);
  const found = await evaluate({
    ...common,
    ...made,
    source: { folder: source, files, policy: image },
    ...(target === undefined ? {} : { target: { folder: goal, files: target } }),
  });
  const against = target === undefined ? `the statistics of ${stats}` : `${target.length} pictures of ${to}`;
  return {
    ...reportHead(seed),
    subject: `${model}, ${sourceDomain} to ${targetDomain}: ${files.length} pictures of ${from} against ${against}${codes ? '; translated by a code drawn for each' : ''}`,
    pictures: { translated: files.length, target: target?.length },
    ...found,
  };
}

/** One translation of each picture, by the service's own pipeline. */
async function translateModel(
  { manifest, source, out }: { manifest: Manifest; source: PictureSet; out: string },
  flags: ModelFlags,
  surroundings: EvaluationSurroundings,
): Promise<Pick<EvaluationRequest, 'translated'>> {
  const { models, threads = availableThreads(), provider } = flags;
  requireOneOutput(manifest, flags);
  const model = `${manifest.name}/${manifest.version}`;
  const files = await translateFolder({ ...source, models, model, out, provider, threads, ...surroundings });
  return { translated: { folder: out, files } };
}

/** Domains are named freely; where they are just A and B, they tell. */
function directionOf({ sourceDomain, targetDomain }: Manifest): 'AtoB' | 'BtoA' {
  return sourceDomain === 'B' && targetDomain === 'A' ? 'BtoA' : 'AtoB';
}

async function writeCard(folder: string, report: EvaluationReport): Promise<void> {
  const file = path.join(folder, 'CARD.md');
  const card = await readFile(file, 'utf8').catch(() => `# ${path.basename(path.dirname(folder))}\n`);
  await writeWhole(file, Buffer.from(cardWithEvaluation(card, report)));
}
