import { float32, type Tensor } from '../../core/tensor.ts';
import { toPlanes } from '../../image/index.ts';
import type { SessionOptions } from '../../runtime/index.ts';
import type { TrainingConfig } from '../config/index.ts';
import { UnalignedBatches } from '../data/index.ts';
import { LiveExemplarTranslator } from '../live-exemplar-translator.ts';
import { LiveTranslator } from '../live-translator.ts';
import type { Method, Translator } from '../methods/method.ts';
import type { TrainingState } from '../step/state.ts';
import { gridOf, middleOf, previewOf } from './preview.ts';

const pictureCount = 12;
/** Rows of a translator with codes. */
const codedPictureCount = 6;

/**
 * Pictures, each beside its translation, as WebP; of a translator with codes in a row with several translations, and
 * with a style and what is made with it.
 * @param files the pictures to show; without any, the first test pictures of the dataset
 */
export async function packagePreview(
  config: TrainingConfig,
  method: Method,
  translator: Translator,
  state: TrainingState,
  session: SessionOptions,
  files: readonly string[],
): Promise<Uint8Array> {
  const pictures =
    files.length > 0
      ? await Promise.all(files.map((file) => squareOf(file, config.cropSize)))
      : await firstTestPictures(config, translator.from);
  const options = { size: config.cropSize, averaged: config.averageDecay > 0, session };
  if (translator.kind === 'exemplar-guided') {
    const styles = await firstTestPictures(config, translator.to);
    const shown = pictures.slice(0, codedPictureCount);
    const live = await LiveExemplarTranslator.open(method, translator, options);
    return closing(live, async () => gridOf(await live.rows(state, shown, styles)));
  }
  const live = await LiveTranslator.open(method, translator, options);
  return closing(live, async () => previewOf(await live.pairs(state, pictures)));
}

async function closing<T>(live: { close(): Promise<void> }, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } finally {
    await live.close();
  }
}

async function squareOf(file: string, side: number): Promise<Tensor<'float32'>> {
  return float32([1, 3, side, side], toPlanes(await middleOf(file, { width: side, height: side })));
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
