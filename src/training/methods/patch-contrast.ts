import { int64 } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { average } from '../losses/average.ts';
import { type PatchNceOptions, patchNceLoss } from '../losses/patch-nce.ts';
import type { StepBuilder } from '../step/step-builder.ts';

export interface PatchContrast extends PatchNceOptions {
  /** Feature maps of the translations, one a layer: [N, C, H, W]. */
  readonly queries: readonly Value[];
  /** Of their sources, layer by layer of the same shapes. */
  readonly keys: readonly Value[];
  /** Tells this contrast's random places from those of others: they are fed as `ids.<name>.l<layer>`. */
  readonly name: string;
  /** The patch sampler: maps and places, one a layer, to rows of unit length. */
  readonly sample: (features: readonly Value[], positions: readonly Value[]) => readonly Value[];
  /** Places compared in a layer; all of them in a layer that has fewer. */
  readonly patches: number;
  /** Factor on the loss. */
  readonly weight: number;
}

/**
 * PatchNCE over several layers (Park et al. 2020, equation 4): the mean over places, then over layers. The places are
 * drawn anew for each step and layer, the same for queries and keys.
 * @returns a scalar
 */
export function patchContrast(builder: StepBuilder, contrast: PatchContrast): Value {
  const positions = randomPositions(builder, contrast.name, contrast.keys, contrast.patches);
  const queries = contrast.sample(contrast.queries, positions);
  const keys = contrast.sample(contrast.keys, positions);
  return rowContrast(builder.graph, { ...contrast, queries, keys });
}

/** What has been sampled already: rows of unit length, one matrix a layer. */
type RowContrast = PatchNceOptions & Pick<PatchContrast, 'queries' | 'keys' | 'weight'>;

/** The same for rows that are at hand. @returns a scalar */
export function rowContrast(g: GraphBuilder, contrast: RowContrast): Value {
  const layers = contrast.queries.map((query, layer) => {
    const rows = patchNceLoss(g, query, contrast.keys[layer] as Value, contrast);
    return g.Mul(g.ReduceMean(rows, undefined, false), contrast.weight);
  });
  return average(g, layers);
}

/** Different places of each map [N, C, H, W], as y W + x: int64 [at most count], fed as `ids.<name>.l<layer>`. */
export function randomPositions(
  builder: StepBuilder,
  name: string,
  maps: readonly Value[],
  count: number,
): Value[] {
  return maps.map((map, layer) => {
    const [, , height, width] = map.shape as readonly number[] as [number, number, number, number];
    const places = height * width;
    const taken = Math.min(count, places);
    // All pictures of a batch share their places.
    return builder.drawnOnce(`ids.${name}.l${layer}`, 'int64', [taken], (_, random) =>
      int64([taken], random.permutation(places, taken)),
    );
  });
}
