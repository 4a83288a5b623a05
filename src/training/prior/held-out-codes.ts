import type { Tensor } from '../../core/tensor.ts';
import type { SessionOptions } from '../../runtime/index.ts';
import { DatasetError, type UnalignedBatches } from '../data/index.ts';
import type { ByDomain, Domain } from '../methods/domains.ts';
import { CodeEncoder } from './code-encoder.ts';
import type { TrainedFirstStage } from './first-stage-session.ts';
import { joinedRows } from './joined-rows.ts';

/** What the first stage reads out of the test pictures of a domain. */
export interface HeldOutMaps {
  /** int64 [maps, h, w]. */
  readonly codes: Tensor<'int64'>;
  /** In the order of the codes: [maps, styleCodeSize]. */
  readonly styles: Tensor<'float32'>;
}

/** Test pictures as codes: they are never trained on, and show how far training carries. */
export type HeldOutCodes = ByDomain<HeldOutMaps>;

interface HeldOutOptions {
  readonly first: TrainedFirstStage;
  /** Side of the pictures, to which they are resized whole. */
  readonly size: number;
  /** Most pictures of a domain. */
  readonly count: number;
  readonly session: SessionOptions;
  /** Aborted: undefined is returned. */
  readonly signal: AbortSignal;
}

/** @throws DatasetError when not one test picture of a domain can be used */
export async function computeHeldOutCodes(
  pictures: Pick<UnalignedBatches, 'testPictures'>,
  options: HeldOutOptions,
): Promise<HeldOutCodes | undefined> {
  const A = await mapsOf(pictures, 'A', options);
  const B = A && (await mapsOf(pictures, 'B', options));
  return A && B && { A, B };
}

async function mapsOf(
  pictures: Pick<UnalignedBatches, 'testPictures'>,
  domain: Domain,
  { first, size, count, session, signal }: HeldOutOptions,
): Promise<HeldOutMaps | undefined> {
  const shown = await pictures.testPictures(domain, count, size);
  if (shown.length === 0) throw new DatasetError(`not one of the pictures in test${domain} can be used`);
  const encoder = await CodeEncoder.open(first, size, session, domain);
  try {
    const found: Awaited<ReturnType<CodeEncoder['encodeWithStyle']>>[] = [];
    for (const picture of shown) {
      if (signal.aborted) return undefined;
      found.push(await encoder.encodeWithStyle(picture));
      // Signals get their turn: a run blocks the thread.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [one, ...others] = found as [(typeof found)[number], ...typeof found];
    return {
      codes: joinedRows([one.codes, ...others.map(({ codes }) => codes)]),
      styles: joinedRows([one.style, ...others.map(({ style }) => style)]),
    };
  } finally {
    await encoder.close();
  }
}
