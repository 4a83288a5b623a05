import { type Manifest, picturingNetwork } from '../../core/manifest.ts';
import type { ServingConfig } from '../config.ts';
import type { Tuning } from './tuning-schema.ts';

/** Most pictures of one run of a model, and what said so. */
export interface BatchChoice {
  readonly maxBatch: number;
  readonly from: (typeof batchSources)[number];
}

/** A variable, `unpaired tune`, a measurement at the warm-up, or nothing. */
export const batchSources = ['MAX_BATCH', 'tuning', 'warm-up', 'default'] as const;

/** Measures, on lanes that are warm, the largest batch that pays. */
export type BatchMeasurement = () => Promise<number>;

/** Decides when a version is opened. */
export type BatchPolicy = (manifest: Manifest, measure: BatchMeasurement) => Promise<BatchChoice>;

/**
 * What is set wins; then what was measured of this very network; then a measurement at the warm-up, when it is asked for;
 * else pictures run one by one.
 * @param tuning of this device
 * @param note hears of a model whose measurement is of another network
 */
export function batchPolicy(
  config: Pick<ServingConfig, 'MAX_BATCH' | 'TUNE_AT_START'>,
  tuning: Tuning | undefined,
  note: (reason: string) => void = () => {},
): BatchPolicy {
  return async (manifest, measure) => {
    if (config.MAX_BATCH !== 'auto') return { maxBatch: config.MAX_BATCH, from: 'MAX_BATCH' };
    const { name, version } = manifest;
    const entry = tuning?.models.find((each) => each.model === name && each.version === version);
    if (entry && isOfNetwork(entry, manifest)) return { maxBatch: entry.maxBatch, from: 'tuning' };
    if (entry) note(`the measurement of ${name}/${version} is of another network or size; run unpaired tune`);
    if (config.TUNE_AT_START) return { maxBatch: await measure(), from: 'warm-up' };
    return { maxBatch: 1, from: 'default' };
  };
}

function isOfNetwork({ sha256, width, height }: Tuning['models'][number], manifest: Manifest): boolean {
  const { image, networks } = manifest;
  const network = networks[picturingNetwork(manifest)];
  return network?.sha256 === sha256 && image.width === width && image.height === height;
}
