import path from 'node:path';
import { InvalidArgumentError } from '../core/errors.ts';
import { listExtractors, readExtractor } from '../core/extractor-folder.ts';
import type { Manifest } from '../core/manifest.ts';
import type {
  EvaluationReport,
  EvaluationRequest,
  GuidedSettings,
  MetricName,
  ResizeConvention,
} from '../evaluation/index.ts';
import { metricNames, metrics, stemOf } from '../evaluation/index.ts';
import { availableThreads, type Provider } from '../runtime/index.ts';
import { picturesBelow } from './pictures-below.ts';
import type { StatusLine } from './status-line.ts';
import { softwareVersion } from './version.ts';

/** Options of `unpaired evaluate`. */
export interface EvaluateFlags extends Partial<GuidedSettings> {
  readonly model?: string;
  readonly data?: string;
  readonly real?: string;
  readonly fake?: string;
  readonly direction?: 'AtoB' | 'BtoA';
  readonly pairs?: boolean;
  readonly extractor: readonly string[];
  readonly extractors: string;
  readonly resize?: ResizeConvention;
  readonly stats?: string;
  readonly metrics?: readonly MetricName[];
  readonly limit?: number;
  readonly outputs?: number;
  readonly generate?: number;
  readonly extend?: boolean;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed: number;
  readonly json?: string;
  readonly writeCard?: boolean;
  readonly cache: string;
  readonly models: string;
  readonly provider: Provider;
  readonly threads?: number;
}

/** What an evaluation runs in. */
export interface EvaluationSurroundings {
  readonly signal: AbortSignal;
  readonly status: StatusLine;
}

/** An evaluation that is ready to run. */
export type Evaluate = (surroundings: EvaluationSurroundings) => Promise<EvaluationReport>;

/** Figures of any model. */
const plainMetrics = metricNames.filter((name) => !['codes', 'codebook'].includes(metrics[name].kind));

type CommonRequest = Omit<EvaluationRequest, 'translated' | 'source' | 'target'>;

/**
 * The part of an evaluation that does not depend on what is evaluated.
 * @throws ExtractorError for an extractor that is not there
 */
export async function commonRequest(
  flags: Omit<EvaluateFlags, keyof GuidedSettings>,
  { signal, status }: EvaluationSurroundings,
): Promise<CommonRequest> {
  const { extractors: root, extractor, provider, threads = availableThreads(), seed, resize, stats } = flags;
  const names = extractor.length > 0 ? extractor : await listExtractors(root);
  return {
    extractors: await Promise.all(names.map((name) => readExtractor(root, name))),
    pairs: flags.pairs === true,
    wanted: new Set(flags.metrics ?? plainMetrics),
    seed,
    session: { provider, threads },
    cache: path.resolve(flags.cache),
    signal,
    onProgress: (text) => status.show(text),
    ...(resize === undefined ? {} : { resize }),
    ...(stats === undefined ? {} : { targetStatistics: stats }),
  };
}

/**
 * Folders of a dataset: of the pictures that a model translates, and of those that the translations are to look like.
 * @param direction default: domains are named freely, only B to A by these very names is taken for BtoA
 */
export function testFolders(
  { sourceDomain, targetDomain }: Manifest,
  direction: EvaluateFlags['direction'] = sourceDomain === 'B' && targetDomain === 'A' ? 'BtoA' : 'AtoB',
): { readonly from: string; readonly to: string } {
  return direction === 'AtoB' ? { from: 'testA', to: 'testB' } : { from: 'testB', to: 'testA' };
}

/**
 * Pictures of a folder, by their paths below it.
 * @throws InvalidArgumentError when there are none
 */
export async function listPictures(folder: string, limit = Number.POSITIVE_INFINITY): Promise<string[]> {
  const files = await picturesBelow(folder).catch((cause: unknown) => {
    throw new InvalidArgumentError(`there is no folder ${folder}`, { cause });
  });
  requireNames(files, folder);
  if (files.length > 0) return files.slice(0, limit);
  throw new InvalidArgumentError(`the folder ${folder} holds no picture (jpg, jpeg, png, webp, avif, gif)`);
}

/** Pictures are known by their names without the ending. */
function requireNames(files: readonly string[], folder: string): void {
  const known = new Map<string, string>();
  for (const file of files) {
    const other = known.get(stemOf(file));
    if (other !== undefined) {
      throw new InvalidArgumentError(
        `${other} and ${file} in ${folder} differ in their endings only; rename one`,
      );
    }
    known.set(stemOf(file), file);
  }
}

/** What every report tells of its own making. */
export function reportHead(
  seed: number,
): Pick<EvaluationReport, 'createdAt' | 'software' | 'command' | 'seed'> {
  return {
    createdAt: new Date().toISOString(),
    software: softwareVersion(),
    command: ['unpaired', ...process.argv.slice(2).map(quoted)].join(' '),
    seed,
  };
}

/** An argument as a shell takes it. */
function quoted(argument: string): string {
  return /^[\w./:=@,+-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
