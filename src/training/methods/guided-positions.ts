import { int64 } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import type { StepBuilder } from '../step/step-builder.ts';

export interface GuidedPositionsOptions {
  /** Places compared in a stage; all of them in a stage that has fewer. */
  readonly patches: number;
  /** Candidates are this many times as many as places (`oversample_ratio`). */
  readonly oversampling: number;
  /** Share of the places that is drawn at random, whatever the discriminator says (`random_ratio`). */
  readonly randomShare: number;
}

/** How many places a stage draws and takes. */
interface Counts {
  /** Candidates that the discriminator's scores choose from. */
  readonly candidates: number;
  /** Candidates taken: those with the lowest scores. */
  readonly guided: number;
  /** Places taken without looking at scores. */
  readonly random: number;
}

export function guidedCounts(places: number, options: GuidedPositionsOptions): Counts {
  const taken = Math.min(options.patches, places);
  const random = Math.floor(taken * options.randomShare);
  return { candidates: Math.min(taken * options.oversampling, places), guided: taken - random, random };
}

/**
 * Discriminative attention-guided sampling (DAG; Cai et al. 2024, section 3.3): the places of a map that the
 * discriminator finds least real among random candidates, in ascending order of their scores, and behind them places
 * drawn on their own. A place may come twice. Places carry no gradient, and so no gradient reaches the scores.
 * Random draws are fed as `candidates.l<stage>` and `random.l<stage>`, [N, count].
 *
 * @param scores the discriminator's map of the same pictures, [N, 1, h, w]
 * @param map the stage's features, [N, C, H, W]
 * @returns int64 [N, P], places y W + x of each picture
 */
export function guidedPositions(
  builder: StepBuilder,
  stage: number,
  { scores, map }: { readonly scores: Value; readonly map: Value },
  options: GuidedPositionsOptions,
): Value {
  const g = builder.graph;
  const [pictures, , height, width] = map.shape as readonly number[] as [number, number, number, number];
  const places = height * width;
  const counts = guidedCounts(places, options);
  const drawn = (name: string, count: number) =>
    draw(builder, `${name}.l${stage}`, { pictures, places, count });
  const parts: Value[] = [];
  if (counts.guided > 0) {
    const resized = resizedScores(g, scores, height, width);
    parts.push(leastReal(g, resized, drawn('candidates', counts.candidates), counts.guided));
  }
  if (counts.random > 0) parts.push(drawn('random', counts.random));
  return parts.length === 1 ? (parts[0] as Value) : g.Concat(parts, 1);
}

/**
 * The candidates with the lowest scores, lowest first; of equal ones the earlier.
 * @param scores [N, 1, H, W]
 * @param candidates int64 [N, K]
 * @returns int64 [N, count]
 */
export function leastReal(g: GraphBuilder, scores: Value, candidates: Value, count: number): Value {
  const flat = g.Reshape(scores, [0, -1]);
  const [, order] = g.TopK(g.GatherElements(flat, candidates, 1), count, { axis: 1, largest: 0, sorted: 1 });
  return g.GatherElements(candidates, order, 1);
}

/** The discriminator's map at the size of a feature map (`interpolate(..., mode='bilinear')`): [N, 1, height, width]. */
export function resizedScores(g: GraphBuilder, scores: Value, height: number, width: number): Value {
  const [pictures] = scores.shape as readonly number[] as [number];
  return g.Resize(g.StopGradient(scores), [pictures, 1, height, width], {
    mode: 'linear',
    coordinate_transformation_mode: 'half_pixel',
  });
}

/** Different places of each picture, in random order: int64 [pictures, count]. */
function draw(
  builder: StepBuilder,
  name: string,
  { pictures, places, count }: { pictures: number; places: number; count: number },
): Value {
  return builder.feed(name, 'int64', [pictures, count], (_, random) => {
    const drawn = Array.from({ length: pictures }, () => [...random.permutation(places, count)]);
    return int64([pictures, count], drawn.flat());
  });
}
