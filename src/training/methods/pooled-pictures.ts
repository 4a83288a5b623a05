import { int64, type Tensor } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import type { StepBuilder } from '../step/step-builder.ts';
import { ImagePool, type PoolDraws } from './image-pool.ts';
import type { Method, StepContext } from './method.ts';
import type { BatchShape } from './networks.ts';

/** What a pool of `size` pictures adds to a method's memory: a place a slot; nothing for size 0. */
export function poolMemory(
  name: string,
  size: number,
  [, ...picture]: BatchShape,
): NonNullable<Method['memory']> {
  return size === 0 ? {} : { [name]: { dtype: 'float32', dims: [size, ...picture] } };
}

/**
 * The image pool inside of the training graph. Which pictures are handed out and which are kept depends on nothing but
 * the iteration and random numbers, so that is decided outside, on numbers that stand for pictures, and fed as the
 * places to gather from. The pool is part of the training state: a resumed run finds it as it was.
 *
 * @param name of the method's memory that `poolMemory` declared, and of the feed, `pool.<name>`
 * @param pictures [N, C, H, W]
 * @returns what the discriminator is shown in their stead, of the same shape
 */
export function exchangeWithPool(builder: StepBuilder, name: string, size: number, pictures: Value): Value {
  if (size === 0) return pictures;
  const g = builder.graph;
  const count = pictures.shape[0] as number;
  const places = builder.feed(`pool.${name}`, 'int64', [count + size], (context, random) =>
    placesAfter(batchesBefore(context), count, size, random),
  );
  const [shown, kept] = g.Split(places, [count, size], 0) as [Value, Value];
  const all = g.Concat([builder.recall(name), pictures], 0);
  builder.remember(name, g.Gather(all, kept, 0));
  return g.Gather(all, shown, 0);
}

function batchesBefore({ iteration, part = { index: 0, count: 1 } }: StepContext): number {
  return (iteration - 1) * part.count + part.index;
}

/**
 * One query of a pool that has seen `queries` batches of `count`. Numbers below `size` stand for the slots as they are,
 * those from `size` on for the pictures of the batch.
 * @returns int64 [count + size]: what is shown for each picture, then what each slot holds afterwards
 */
function placesAfter(queries: number, count: number, size: number, draws: PoolDraws): Tensor {
  const slots = Array.from({ length: size }, (_, slot) => slot);
  const batch = Array.from({ length: count }, (_, index) => size + index);
  const pool = new ImagePool(size, slots.slice(0, queries * count));
  const shown = pool.query(batch, draws);
  const filled = pool.contents();
  const kept = slots.map((slot) => filled[slot] ?? slot);
  return int64([count + size], [...shown, ...kept]);
}
