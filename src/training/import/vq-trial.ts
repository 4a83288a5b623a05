import { messageOf } from '../../core/errors.ts';
import { Random } from '../../core/random.ts';
import { int64, type Tensor, zeros } from '../../core/tensor.ts';
import type { Pixels, Size } from '../../image/index.ts';
import type { SessionOptions } from '../../runtime/index.ts';
import { CodePainter } from '../export/code-painter.ts';
import { drawnStyle } from '../export/style-distribution.ts';
import {
  domainOf,
  floatPictureNetworks,
  type PriorModel,
  priorNetwork,
  type VectorQuantizedModel,
} from '../export/vector-quantized-networks.ts';
import { trialPicture } from './trial.ts';
import { openToTry, requireFinite, runToTry, TrialError } from './trial-session.ts';

const sides = ['source', 'target'] as const;

/**
 * Runs every network once. In the package pictures are bytes, among which nothing tells what was not a number: here
 * they are not.
 * @throws TrialError when a network fails, or what it gives is not finite
 */
export async function tryModel(
  model: VectorQuantizedModel,
  size: Size,
  session: SessionOptions,
): Promise<void> {
  const picture = trialPicture(size);
  await failing(() =>
    CodePainter.during(floatPictureNetworks(model), session, async (painter) => {
      const codes = await painter.codes(picture);
      for (const side of sides) {
        requireFinite(await painter.painted(side, codes, await painter.style(side, picture)), 'picture');
      }
    }),
  );
  if (model.prior !== undefined) await tryPrior(model.prior, session);
}

async function failing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof TrialError) throw cause;
    throw new TrialError(`the networks fail on a picture: ${messageOf(cause)}`, { cause });
  }
}

async function tryPrior(prior: PriorModel, options: SessionOptions): Promise<void> {
  const { layers, heads, width } = prior.transformer.options;
  const session = await openToTry(priorNetwork(prior), options);
  const nothing = zeros('float32', [1, heads, 0, width / heads]);
  const caches = Array.from({ length: layers }, (_, layer) => ({
    [`keys_${layer}`]: nothing,
    [`values_${layer}`]: nothing,
  }));
  const feeds = Object.assign({ tokens: int64([1, 2], [0, 1]), lengths: int64([1], [0]) }, ...caches);
  try {
    const { logits } = await runToTry(session, feeds, 'two codes');
    requireFinite(logits as Tensor, 'logits');
  } finally {
    await session.dispose();
  }
}

/**
 * Each picture of the source domain beside its translation in a drawn style or, where it is not known how styles are
 * distributed, beside what is made of its own codes and style. Without pictures the networks are tried all the same.
 */
export async function previewPairs(
  painter: CodePainter,
  model: VectorQuantizedModel,
  pictures: readonly Pixels[],
): Promise<[Pixels, Pixels][]> {
  const styles = model.styles[domainOf(model, 'target')];
  const pairs: [Pixels, Pixels][] = [];
  for (const [index, picture] of pictures.entries()) {
    const codes = await painter.codes(picture);
    const made =
      styles === undefined
        ? await painter.picture('source', codes, await painter.style('source', picture))
        : await painter.picture('target', codes, drawnStyle(styles, Random.of(0, 'preview styles', index)));
    pairs.push([picture, made]);
  }
  return pairs;
}
