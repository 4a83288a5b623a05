import type { Tensor } from '../../core/tensor.ts';
import type { UnalignedBatches } from '../data/index.ts';
import type { ByDomain } from '../methods/domains.ts';
import type { CodeEncoder } from './code-encoder.ts';
import { joinedRows } from './joined-rows.ts';

/** Maps of codes of the training pictures of each domain: int64 [maps, h, w]. */
export type CodeDataset = ByDomain<Tensor<'int64'>>;

/**
 * Every training picture as codes, in the order of their paths, as often as it is to be cut.
 * @param pictures one of each domain in a step, in the order of their paths
 * @param signal aborted: undefined is returned
 */
export async function computeCodes(
  pictures: Pick<UnalignedBatches, 'sizes' | 'stepsPerEpoch' | 'microBatches'>,
  encoder: Pick<CodeEncoder, 'encode'>,
  cuts: number,
  signal: AbortSignal,
): Promise<CodeDataset | undefined> {
  const maps = { A: [] as Tensor<'int64'>[], B: [] as Tensor<'int64'>[] };
  const { sizes, stepsPerEpoch } = pictures;
  for (let step = 0; step < cuts * stepsPerEpoch; step++) {
    if (signal.aborted) return undefined;
    const [batch] = await pictures.microBatches(step);
    // The domain with fewer pictures begins again in an epoch: what comes then was there before.
    for (const domain of ['A', 'B'] as const) {
      if (batch === undefined || step % stepsPerEpoch >= sizes[`train${domain}`]) continue;
      maps[domain].push(await encoder.encode(batch[domain]));
    }
    // Signals get their turn: a run blocks the thread.
    await new Promise((resolve) => setImmediate(resolve));
  }
  type Maps = [Tensor<'int64'>, ...Tensor<'int64'>[]];
  return { A: joinedRows(maps.A as Maps), B: joinedRows(maps.B as Maps) };
}
