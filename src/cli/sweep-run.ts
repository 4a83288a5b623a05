import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { samplingText } from '../core/diffusion/sampling-text.ts';
import { InvalidArgumentError } from '../core/errors.ts';
import { writeWhole } from '../core/write-whole.ts';
import {
  type EvaluationReport,
  evaluate,
  type GuidedSettings,
  type MetricName,
  openGuidedModel,
  type SweepPoint,
  tradeOffChart,
  tradeOffPanels,
  translateGuided,
} from '../evaluation/index.ts';
import { availableThreads } from '../runtime/index.ts';
import {
  commonRequest,
  type EvaluateFlags,
  type EvaluationSurroundings,
  listPictures,
  reportHead,
  testFolders,
} from './evaluate-settings.ts';
import { readModel } from './open-model.ts';
import { type GuidedManifest, samplesInSteps } from './sample-guided.ts';
import { SweepGrid } from './sweep-grid.ts';
import { type SweepLists, sweepPoints } from './sweep-points.ts';

/** Options of `unpaired sweep`. */
export type SweepFlags = Omit<EvaluateFlags, keyof GuidedSettings | 'model' | 'data'> &
  SweepLists & {
    readonly model: string;
    readonly data: string;
    /** Folder for what is found. */
    readonly out: string;
    /** Pictures in the grid. */
    readonly shown: number;
  };

/** What a sweep found; `sweep.json` holds this. */
export interface SweepReport
  extends Pick<EvaluationReport, 'createdAt' | 'software' | 'command' | 'seed' | 'subject' | 'missing'> {
  readonly points: readonly SweepPoint[];
}

/** Faithfulness and realism as EGSDE's paper measures them. */
const sweptMetrics: readonly MetricName[] = ['fid', 'kid', 'ssim', 'psnr', 'l2'];

/**
 * Translates the test pictures with every combination of the settings and measures each. What is found is written as soon as a
 * combination is done, so that an interrupted sweep leaves what it has.
 * @throws InvalidArgumentError before anything is run, for a model that does not sample or a setting that is out of range
 */
export async function runSweep(
  flags: SweepFlags,
  surroundings: EvaluationSurroundings,
): Promise<SweepReport> {
  const manifest = await readModel(flags.models, flags.model);
  if (!samplesInSteps(manifest)) {
    throw new InvalidArgumentError(
      `${manifest.name}/${manifest.version} does not sample in steps; a sweep is for models of EGSDE`,
    );
  }
  const sweep = await prepared(flags, manifest, surroundings);
  const folder = path.join(flags.models, manifest.name, manifest.version);
  const { provider, threads = availableThreads() } = flags;
  const model = await openGuidedModel(folder, manifest, { provider, threads });
  const temporary = await mkdtemp(path.join(tmpdir(), 'unpaired-sweep-'));
  try {
    return await measured(sweep, model, temporary);
  } finally {
    await model.dispose();
    await rm(temporary, { recursive: true, force: true });
  }
}

type Sweep = Awaited<ReturnType<typeof prepared>>;

async function prepared(flags: SweepFlags, manifest: GuidedManifest, surroundings: EvaluationSurroundings) {
  const { data, limit, stats, shown } = flags;
  const { from, to } = testFolders(manifest, flags.direction);
  const points = sweepPoints(manifest, flags);
  const source = {
    folder: path.join(data, from),
    files: await listPictures(path.join(data, from), limit),
    policy: manifest.image,
  };
  const goal = path.join(data, to);
  const target = stats === undefined ? { folder: goal, files: await listPictures(goal, limit) } : undefined;
  const paths = source.files.slice(0, shown).map((file) => path.join(source.folder, file));
  const { name, version, sourceDomain, targetDomain } = manifest;
  return {
    ...{ flags, surroundings, points, source, target },
    common: await commonRequest({ ...flags, metrics: flags.metrics ?? sweptMetrics }, surroundings),
    grid: await SweepGrid.of(paths, manifest.image),
    head: {
      ...reportHead(flags.seed),
      subject: `${name}/${version}, ${sourceDomain} to ${targetDomain}: ${source.files.length} pictures of ${from} against ${stats ?? `${target?.files.length} pictures of ${to}`}`,
    },
  };
}

async function measured(
  sweep: Sweep,
  model: Awaited<ReturnType<typeof openGuidedModel>>,
  temporary: string,
): Promise<SweepReport> {
  const { flags, surroundings, points, source, target, common, grid, head } = sweep;
  const { signal, status } = surroundings;
  let report: SweepReport = { ...head, missing: [], points: [] };
  for (const [index, settings] of points.entries()) {
    const what = `${index + 1} of ${points.length}, ${samplingText(settings)}`;
    const onProgress = (text: string) => status.show(`${what}: ${text}`);
    const out = path.join(temporary, String(index));
    const translated = await translateGuided({
      ...{ model, settings, source, out, signal, onProgress },
      seed: flags.seed,
    });
    const found = await evaluate({ ...common, onProgress, translated, source, ...(target && { target }) });
    await grid.add(settings.strength, translated);
    await rm(out, { recursive: true, force: true });
    const { figures, missing } = found;
    report = { ...head, missing, points: [...report.points, { settings, figures }] };
    await writeReport(flags.out, report, grid);
  }
  return report;
}

async function writeReport(out: string, report: SweepReport, grid: SweepGrid): Promise<void> {
  await writeWhole(path.join(out, 'sweep.json'), Buffer.from(`${JSON.stringify(report, null, 2)}\n`));
  await writeWhole(path.join(out, 'grid.webp'), await grid.webp());
  const panels = tradeOffPanels(report.points);
  if (panels.length === 0) return;
  await writeWhole(path.join(out, 'sweep.svg'), Buffer.from(tradeOffChart(report.subject, panels)));
}
