import { InternalError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import { itemCount, joinFeeds, type NamedTensors, splitOutputs } from '../batcher.ts';
import type { RunNetwork, Translator } from '../translators/translator.ts';

/**
 * Runs each item of a request (a picture, with its code where the model takes one) by itself through the scheduler, which
 * lets them share runs with each other and with those of other requests as far as that pays.
 * @returns the outputs of all as one batch, in order
 */
export async function runItems(
  feeds: NamedTensors,
  translator: Translator,
  runNetwork: RunNetwork,
): Promise<NamedTensors> {
  const counts = Array.from({ length: itemCount(feeds) }, () => 1);
  const items = splitOutputs(feeds, counts);
  const outputs = await Promise.all(items.map((item) => translator.run(item, runNetwork, () => {})));
  return joinFeeds(requireEqualShapes(outputs.flat()));
}

function requireEqualShapes(outputs: readonly NamedTensors[]): readonly NamedTensors[] {
  const shapeOf = (tensors: NamedTensors) =>
    Object.entries(tensors).map(([name, { dims }]: [string, Tensor]) => `${name} [${dims.join(', ')}]`);
  const [first, other] = new Set(outputs.map((tensors) => shapeOf(tensors).join(', ')));
  if (other === undefined) return outputs;
  throw new InternalError(`pictures of one size gave ${first} and ${other}`);
}
