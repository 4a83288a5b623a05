import { gradients } from '../../autodiff/backward.ts';
import { patchSampler } from '../../nn/networks/patch-sampler.ts';
import type { Value } from '../../onnx/ir.ts';
import { CaseGraph } from '../case-graph.ts';
import { type Attempt, byName, type CaseKind, normOf } from '../case-kind.ts';
import { bindNetwork } from '../network-weights.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';

/** `PatchSampleF` of CUT and DCLGAN, with its perceptrons (`mlp_sample`) or without (`sample`). */
export const patchSamplerCase: CaseKind = {
  knows: ({ class_or_function }) => /\bPatchSampleF\b/.test(class_or_function),
  async *attempts(oracle) {
    yield await attempt(oracle);
  },
};

/**
 * `out_<layer>` for the given features and places, `sample_nomlp_<layer>` (the same without perceptrons), and the
 * gradients of the sum over layers of sum(out cot): `grad.feat_<layer>`, `grad.<key>`.
 */
async function attempt(oracle: OracleCase): Promise<Attempt> {
  const { arguments: given, declaration } = oracle;
  given.withoutInfluence('init_type', 'init_gain', 'num_patches');
  const sampled = given.text('netF', /netF='(\w+)'/.exec(declaration.class_or_function)?.[1] ?? 'mlp_sample');
  const projection = sampled !== 'sample';
  const layers = layersOf(oracle);
  const target = new CaseGraph();
  const inputs = (kind: string) =>
    layers.map((layer) => target.input(`${kind}_${layer}`, inputOf(oracle, `${kind}_${layer}`)));
  const [features, positions] = [inputs('feat'), inputs('patch_ids')];
  const sampler = patchSampler({ dimension: given.integer('nc', 256), projection });
  const bound = bindNetwork(
    target,
    'F',
    projection ? oracle.weights('F') : new Map(),
    layers.map((layer) => inputOf(oracle, `feat_${layer}`).dims),
    (scope, maps) =>
      sampler.forward(
        scope,
        maps,
        maps.map((_, layer) => scope.graph.input(`places_${layer}`, 'int64', [1])),
      ),
  );
  const rows = sampler.forward(bound.scope(true), features, positions);
  const bare = patchSampler({ projection: false }).forward(bound.scope(true), features, positions);
  for (const [index, layer] of layers.entries()) {
    target.output(`out_${layer}`, rows[index] as Value);
    target.output(`sample_nomlp_${layer}`, bare[index] as Value);
    target.output(`sample_${layer}`, bare[index] as Value);
  }
  if (oracle.inputs.has(`cot_${layers[0]}`)) {
    const loss = projectionOnto(target, rows, inputs('cot'));
    const of = new Map([
      ...features.map((map, at) => [`feat_${layers[at]}`, map] as const),
      ...bound.parameters,
    ]);
    const derived = gradients(target.graph, loss, [...of.values()]);
    for (const [index, name] of [...of.keys()].entries())
      target.output(`grad.${name}`, derived[index] as Value);
  }
  const tensors = await target.run();
  return { produced: byName(tensors, (_, key) => normOf(tensors.get(`grad.${key.replace(/^F\./, '')}`))) };
}

/** Numbers of the layers that the case has features of. */
function layersOf({ inputs }: OracleCase): number[] {
  return [...inputs.keys()]
    .map((name) => /^feat_(\d+)$/.exec(name)?.[1])
    .filter((layer) => layer !== undefined)
    .map(Number);
}

function projectionOnto(
  { graph: g }: CaseGraph,
  rows: readonly Value[],
  cotangents: readonly Value[],
): Value {
  return rows
    .map((row, index) => g.ReduceSum(g.Mul(row, cotangents[index] as Value), undefined, false))
    .reduce((sum, term) => g.Add(sum, term));
}
