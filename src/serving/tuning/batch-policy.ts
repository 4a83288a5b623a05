import { type Manifest, picturingNetwork } from '../../core/manifest.ts';
import type { ServingConfig } from '../config.ts';
import type { ModelTuning, Tuning } from './tuning-schema.ts';

/** Most pictures of one run of a model, and what said so. */
export interface BatchChoice {
  readonly maxBatch: number;
  readonly from: (typeof batchSources)[number];
  /** What was measured at several sizes; then maxBatch is for the model's own. */
  readonly sizes?: readonly SizedBatch[];
}

/** Most pictures of this size in one run. */
interface SizedBatch {
  readonly width: number;
  readonly height: number;
  readonly maxBatch: number;
}

/** A variable, `unpaired tune`, a measurement at the warm-up, or nothing. */
export const batchSources = ['MAX_BATCH', 'tuning', 'warm-up', 'default'] as const;

/** Measures, on lanes that are warm, the largest batch that pays. */
export type BatchMeasurement = () => Promise<number>;

/** Decides when a version is opened. */
export type BatchPolicy = (manifest: Manifest, measure: BatchMeasurement) => Promise<BatchChoice>;

/** What the lanes run on. */
export interface BatchDevice {
  readonly provider: string;
  /** Of this device. */
  readonly tuning?: Tuning | undefined;
}

/**
 * What is set wins; then what was measured of this very network; then a measurement at the warm-up, when it is asked for;
 * else pictures run one by one, and steps of samplings together.
 * @param note hears of a model whose measurement is of another network
 */
export function batchPolicy(
  config: Pick<ServingConfig, 'MAX_BATCH' | 'MAX_STEP_BATCH' | 'TUNE_AT_START'>,
  { provider, tuning }: BatchDevice,
  note: (reason: string) => void = () => {},
): BatchPolicy {
  return async (manifest, measure) => {
    if (config.MAX_BATCH !== 'auto') return { maxBatch: config.MAX_BATCH, from: 'MAX_BATCH' };
    const { name, version, image } = manifest;
    const entries = tuning?.models.filter((each) => each.model === name && each.version === version) ?? [];
    const sizes = entries.filter((entry) => isOfNetwork(entry, manifest)).map(sizedBatch);
    const [only, ...others] = sizes;
    if (only && others.length === 0) return { maxBatch: only.maxBatch, from: 'tuning' };
    if (only) return { maxBatch: nearest(sizes, image.width * image.height), from: 'tuning', sizes };
    if (entries.length > 0)
      note(`the measurement of ${name}/${version} is of another network or size; run unpaired tune`);
    if (config.TUNE_AT_START) return { maxBatch: await measure(), from: 'warm-up' };
    const isSampled = manifest.translator.kind === 'guided-diffusion';
    return { maxBatch: isSampled ? sampledTogether(config, provider) : 1, from: 'default' };
  };
}

/** What a CPU gains by, it gains with two: a run of more takes as long as several, and longer where caches end. */
const mostOnCpu = 2;

/** Most samplings whose steps share a run, where nothing was measured; more than that take turns. */
export function sampledTogether(
  { MAX_STEP_BATCH }: Pick<ServingConfig, 'MAX_STEP_BATCH'>,
  provider: string,
): number {
  return provider === 'cpu' ? Math.min(mostOnCpu, MAX_STEP_BATCH) : MAX_STEP_BATCH;
}

/** Most pictures of so many pixels in one run. */
export function batchFor({ maxBatch, sizes }: BatchChoice, pixels: number): number {
  return sizes === undefined ? maxBatch : nearest(sizes, pixels);
}

/** What was measured at the size with the nearest number of pixels. */
function nearest(sizes: readonly SizedBatch[], pixels: number): number {
  const distance = ({ width, height }: SizedBatch) => Math.abs(width * height - pixels);
  const [first] = [...sizes].sort((a, b) => distance(a) - distance(b));
  return first?.maxBatch ?? 1;
}

function sizedBatch({ width, height, maxBatch }: ModelTuning): SizedBatch {
  return { width, height, maxBatch };
}

/** A network that takes one size only was measured at that. */
function isOfNetwork({ sha256, width, height }: ModelTuning, manifest: Manifest): boolean {
  const { image, networks } = manifest;
  const network = networks[picturingNetwork(manifest)];
  const isOwnSize = image.width === width && image.height === height;
  return network?.sha256 === sha256 && (image.flexible || isOwnSize);
}
