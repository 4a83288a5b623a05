import type { Tensor } from '../../core/tensor.ts';
import { drawGrid, encode } from '../../image/index.ts';
import type { SessionOptions } from '../../runtime/index.ts';
import type { TrainingConfig } from '../config/index.ts';
import { UnalignedBatches } from '../data/index.ts';
import { LiveTranslator } from '../live-translator.ts';
import type { Method, Translator } from '../methods/method.ts';
import type { TrainingState } from '../step/state.ts';

const pictureCount = 12;
const pairsInRow = 3;

/** The first test pictures, each beside its translation, as WebP. */
export async function packagePreview(
  config: TrainingConfig,
  method: Method,
  translator: Translator,
  state: TrainingState,
  session: SessionOptions,
): Promise<Uint8Array> {
  const pictures = await firstTestPictures(config, translator.from);
  const options = { size: config.cropSize, averaged: config.averageDecay > 0, session };
  const live = await LiveTranslator.open(method, translator, options);
  try {
    const pairs = await live.pairs(state, pictures);
    const rows = Array.from({ length: Math.ceil(pairs.length / pairsInRow) }, (_, row) =>
      pairs.slice(row * pairsInRow, (row + 1) * pairsInRow).flat(),
    );
    return await encode(drawGrid(rows), { format: 'webp', quality: 85 });
  } finally {
    await live.close();
  }
}

async function firstTestPictures(
  { data, cropSize }: TrainingConfig,
  domain: 'A' | 'B',
): Promise<Tensor<'float32'>[]> {
  const batches = await UnalignedBatches.open({
    root: data,
    batchSize: 1,
    loadSize: cropSize,
    cropSize,
    flip: false,
    seed: 0,
    serial: true,
    cacheBytes: 0,
    workers: 1,
    prefetch: 0,
  });
  try {
    return await batches.testPictures(domain, pictureCount, cropSize);
  } finally {
    await batches.close();
  }
}
