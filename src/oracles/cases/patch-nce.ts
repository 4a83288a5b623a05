import { gradients } from '../../autodiff/backward.ts';
import type { Value } from '../../onnx/ir.ts';
import { type PatchNceOptions, patchNceLoss } from '../../training/losses/patch-nce.ts';
import { CaseGraph } from '../case-graph.ts';
import { type Attempt, byName, type CaseKind } from '../case-kind.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';

/** `PatchNCELoss` of CUT; of DCLGAN both `PatchNCELoss` (cosine) and `PatchNCELoss2` (CUT's). */
export const patchNce: CaseKind = {
  knows: ({ class_or_function }) => /\bPatchNCELoss2?\b/.test(class_or_function),
  async *attempts(oracle) {
    yield await attempt(oracle);
  },
};

type Variant = Pick<PatchNceOptions, 'pictures' | 'cosine'>;

/** Where the negatives come from: the same picture, or the whole batch. */
function variantsOf(pictures: number): Readonly<Record<string, Variant>> {
  return {
    each: { pictures },
    all: { pictures: 1 },
    dcl: { pictures: 1, cosine: true },
    cut_each: { pictures },
    cut_all: { pictures: 1 },
  };
}

/**
 * `loss.<variant>` for every row and `grad.<variant>` of its mean by the queries, of the inputs `q` and `k`; with a
 * suffix (`loss.dcl.raw`) of `q_raw` and `k_raw`.
 */
async function attempt(oracle: OracleCase): Promise<Attempt> {
  const { arguments: given, expected } = oracle;
  given.withoutInfluence('dim', 'patches', 'num_patches');
  const temperature = given.number('nce_T', 0.07);
  const variants = variantsOf(given.integer('batch_size', 1));
  const target = new CaseGraph();
  const { graph: g } = target;
  const inputs = new Map<string, Value>();
  const input = (name: string): Value => {
    const value = inputs.get(name) ?? target.input(name, inputOf(oracle, name));
    inputs.set(name, value);
    return value;
  };
  const done = new Set<string>();
  for (const { name } of expected) {
    const [, variant = '', suffix] = /^(?:loss|grad)\.(\w+)(?:\.(\w+))?$/.exec(name) ?? [];
    const options = variants[variant];
    const of = name.replace(/^(loss|grad)\./, '');
    if (options === undefined || done.has(of)) continue;
    done.add(of);
    const [queries, keys] = ['q', 'k'].map((side) => input(suffix ? `${side}_${suffix}` : side)) as [
      Value,
      Value,
    ];
    const rows = patchNceLoss(g, queries, keys, { ...options, temperature });
    target.output(`loss.${of}`, rows);
    const [gradient] = gradients(g, g.ReduceMean(rows, undefined, false), [queries]) as [Value];
    target.output(`grad.${of}`, gradient);
  }
  return { produced: byName(done.size === 0 ? new Map() : await target.run()) };
}
