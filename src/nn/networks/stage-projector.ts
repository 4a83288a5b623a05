import { InvalidArgumentError } from '../../core/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import { relu } from '../layers/activation.ts';
import { batchNorm } from '../layers/batch-norm.ts';
import { knownSize } from '../layers/channels.ts';
import { layerNorm } from '../layers/layer-norm.ts';
import { linear } from '../layers/linear.ts';
import { rowsAt } from '../layers/rows-at.ts';
import { toUnitLength } from '../layers/unit-length.ts';
import type { Scope } from '../scope.ts';

export interface StageProjectorOptions {
  /** Size of a projected patch. Default 256. */
  readonly dimension?: number;
  /** Norm layers of the perceptrons (`prj_norm`). Default batch. */
  readonly normalization?: ProjectorNormalization;
}

export type ProjectorNormalization = 'batch' | 'layer' | 'none';

export interface StageProjector {
  /**
   * @param features one map a stage, [N, C, H, W] (C differs between stages)
   * @param positions one int64 matrix [N, P] a stage: places y W + x of each picture
   * @param predict also through the predictor, which only the queries are
   * @returns one matrix a stage, [N P, dimension], rows of unit length; the P rows of the first picture first
   */
  forward(
    scope: Scope,
    features: readonly Value[],
    positions: readonly Value[],
    options: { readonly predict: boolean },
  ): Value[];
}

/**
 * The projection and prediction heads of EnCo (Cai et al. 2024, figure 1; `PatchSampleWithDAGF`), for each stage of
 * its own. Projector `mlp_<stage>`: linear, norm, ReLU, linear, norm, without biases, the last batch norm without scale
 * and shift. Predictor `prj_<stage>`: linear to half the size without bias, norm, ReLU, linear.
 * Batch norms are those of all rows; passes for queries and for keys each move their running statistics.
 */
export function stageProjector(options: StageProjectorOptions = {}): StageProjector {
  const { dimension = 256, normalization = 'batch' } = options;
  const hidden = Math.floor(dimension / 2);
  const project = (scope: Scope, rows: Value) => {
    const first = normalized(
      scope.child(1),
      linear(scope.child(0), rows, { features: dimension, bias: false }),
      normalization,
    );
    const second = linear(scope.child(3), relu(scope, first), { features: dimension, bias: false });
    return normalized(scope.child(4), second, normalization, false);
  };
  const predictor = (scope: Scope, rows: Value) => {
    const narrow = linear(scope.child(0), rows, { features: hidden, bias: false });
    const activated = relu(scope, normalized(scope.child(1), narrow, normalization));
    return linear(scope.child(3), activated, { features: dimension });
  };
  return {
    forward(scope, features, positions, { predict }) {
      if (features.length !== positions.length) {
        throw new InvalidArgumentError(
          `a projector needs positions for each of ${features.length} stages, got ${positions.length}`,
        );
      }
      return features.map((feature, stage) => {
        const rows = rowsOfPictures(scope, feature, positions[stage] as Value);
        const projected = project(scope.child(`mlp_${stage}`), rows);
        return toUnitLength(scope, predict ? predictor(scope.child(`prj_${stage}`), projected) : projected);
      });
    },
  };
}

/** @param affine whether a batch norm has scale and shift */
function normalized(scope: Scope, rows: Value, normalization: ProjectorNormalization, affine = true): Value {
  if (normalization === 'batch') return batchNorm(scope, rows, { affine });
  return normalization === 'layer' ? layerNorm(scope, rows) : rows;
}

/** feature [N, C, H, W] at the places [N, P] of each picture -> [N P, C]. */
function rowsOfPictures(scope: Scope, feature: Value, positions: Value): Value {
  const { graph } = scope;
  const [pictures, patches] = [knownSize(positions, 0), knownSize(positions, 1)];
  const ones = new Array<number>(pictures).fill(1);
  const maps = pictures === 1 ? [feature] : graph.Split(feature, ones, 0);
  const places = pictures === 1 ? [positions] : graph.Split(positions, ones, 0);
  const rows = maps.map((map, picture) =>
    rowsAt(scope, map, graph.Reshape(places[picture] as Value, [patches])),
  );
  return rows.length === 1 ? (rows[0] as Value) : graph.Concat(rows, 0);
}
