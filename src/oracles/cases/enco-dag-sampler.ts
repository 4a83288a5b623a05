import { gradients } from '../../autodiff/backward.ts';
import { type StageProjector, stageProjector } from '../../nn/networks/stage-projector.ts';
import type { Value } from '../../onnx/ir.ts';
import { cosineDistance } from '../../training/losses/cosine-distance.ts';
import { guidedCounts, leastReal, resizedScores } from '../../training/methods/guided-positions.ts';
import type { Arguments } from '../arguments.ts';
import { CaseGraph } from '../case-graph.ts';
import { type Attempt, byName, type CaseKind, normOf } from '../case-kind.ts';
import { type BoundNetwork, bindNetwork } from '../network-weights.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';
import { drawsOf, projectorNormalization } from './enco-step.ts';

/** `PatchSampleWithDAGF` of EnCo: places by the discriminator's map, projector and predictor. */
export const encoDagSampler: CaseKind = {
  knows: ({ class_or_function }) => /\bPatchSampleWithDAGF\b/.test(class_or_function),
  async *attempts(oracle) {
    yield await attempt(oracle);
  },
};

function stagesOf({ inputs }: OracleCase): number[] {
  return [...inputs.keys()].filter((name) => /^feat_q_\d+$/.test(name)).map((name) => Number(name.slice(7)));
}

/** What places are chosen by. @throws ArgumentError for an option that ours does not have */
function placeOptions(given: Arguments) {
  return {
    patches: given.integer('num_patches', 256),
    oversampling: given.integer('oversample_ratio', 4),
    randomShare: given.number('random_ratio', 0.5),
  };
}

/**
 * `cam_<stage>`, `ids_<stage>`, rows `q_<stage>` and `k_<stage>`, running statistics `bn_after.<key>` after the pass of
 * queries and then of keys, and `grad.feat_q_<stage>` and `grad.<key>` of the sum over all rows of 2 - 2 cos(q, sg(k)).
 */
async function attempt(oracle: OracleCase): Promise<Attempt> {
  const { arguments: given } = oracle;
  given.withoutInfluence('init_type', 'init_gain', 'input_nc', 'netF');
  const projector = stageProjector({
    dimension: given.integer('nc', 256),
    normalization: projectorNormalization(given),
  });
  const stages = stagesOf(oracle);
  const target = new CaseGraph();
  const g = target.graph;
  const maps = (kind: string) =>
    stages.map((stage) => target.input(`feat_${kind}_${stage}`, inputOf(oracle, `feat_${kind}_${stage}`)));
  const [queryMaps, keyMaps] = [maps('q'), maps('k')];
  const positions = choosePositions(target, oracle, stages);
  const bound = bind(target, oracle, projector);
  const after = new Map<string, Value>();
  const scope = bound.scope(true, (key, value) => after.set(key, value));
  const queries = projector.forward(scope, queryMaps, positions, { predict: true });
  const keys = projector.forward(scope, keyMaps, positions, { predict: false });
  for (const [index, stage] of stages.entries()) {
    target.output(`q_${stage}`, queries[index] as Value);
    target.output(`k_${stage}`, keys[index] as Value);
  }
  for (const [key, value] of after) target.output(`bn_after.${key}`, value);
  const total = queries
    .map((query, index) => cosineDistance(g, query, g.StopGradient(keys[index] as Value)))
    .map((rows) => g.ReduceSum(rows, undefined, false))
    .reduce((sum, term) => g.Add(sum, term));
  const of = new Map([
    ...queryMaps.map((map, index) => [`feat_q_${stages[index]}`, map] as const),
    ...bound.parameters,
  ]);
  const derived = gradients(g, total, [...of.values()]);
  for (const [index, name] of [...of.keys()].entries())
    target.output(`grad.${name}`, derived[index] as Value);
  const tensors = await target.run();
  return { produced: byName(tensors, (_, key) => normOf(tensors.get(`grad.${key.replace(/^F\./, '')}`))) };
}

/** `cam_<stage>` and `ids_<stage>`. */
function choosePositions(target: CaseGraph, oracle: OracleCase, stages: readonly number[]): Value[] {
  const g = target.graph;
  const options = placeOptions(oracle.arguments);
  const scores = target.input('disc_map', inputOf(oracle, 'disc_map'));
  const draws = drawsOf(oracle, options, scores.shape[0] as number);
  return stages.map((stage) => {
    const [, , height, width] = inputOf(oracle, `feat_q_${stage}`).dims as [number, number, number, number];
    const drawn = (kind: string) => {
      const tensor = draws.get(`${kind}.l${stage}`);
      return tensor && tensor.data.length > 0 ? [target.input(`${kind}.l${stage}`, tensor)] : [];
    };
    const resized = resizedScores(g, scores, height, width);
    const { guided } = guidedCounts(height * width, options);
    const chosen = drawn('candidates').map((candidates) => leastReal(g, resized, candidates, guided));
    const positions = g.Concat([...(guided > 0 ? chosen : []), ...drawn('random')], 1);
    target.output(`cam_${stage}`, resized);
    target.output(`ids_${stage}`, positions);
    return positions;
  });
}

function bind(target: CaseGraph, oracle: OracleCase, projector: StageProjector): BoundNetwork {
  const shapes = stagesOf(oracle).map((stage) => inputOf(oracle, `feat_q_${stage}`).dims);
  return bindNetwork(target, 'F', oracle.weights('F'), shapes, (scope, maps) => {
    const positions = maps.map((map, stage) =>
      scope.graph.input(`places_${stage}`, 'int64', [map.shape[0] as number, 1]),
    );
    return projector.forward(scope, maps, positions, { predict: true });
  });
}
