import { gradients } from '../../autodiff/backward.ts';
import { float32, int64, type Tensor } from '../../core/tensor.ts';
import { linearResize, linearResizeTable } from '../../nn/layers/linear-resize.ts';
import { CaseGraph } from '../case-graph.ts';
import { type Attempt, byName, type CaseKind } from '../case-kind.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';

/** EGSDE's `Resizer`: pictures made smaller and larger, the gradients of that, and the tables of its first axis. */
export const linearResizeCase: CaseKind = {
  knows: ({ class_or_function }) => /^Resizer\b/.test(class_or_function),
  async *attempts(oracle) {
    yield await attempt(oracle);
  },
};

async function attempt(oracle: OracleCase): Promise<Attempt> {
  const target = new CaseGraph();
  const { graph: g } = target;
  const tables = new Map<string, Tensor>();
  for (const [index, given] of oracle.arguments.list('cases').entries()) {
    given.oneOf('kernel', ['linear']);
    const scale = given.number('scale');
    const planes = target.input(`x_${index}`, inputOf(oracle, `x_${index}`));
    const resized = linearResize(g, planes, scale);
    target.output(`out_${index}`, resized);
    const cotangent = oracle.inputs.get(`cot_${index}`);
    if (cotangent !== undefined) {
      const [gradient = planes] = gradients(g, resized, [planes], target.input(`cot_${index}`, cotangent));
      target.output(`grad_${index}`, gradient);
    }
    const { positions, weights } = linearResizeTable(given.integers('shape')[2] as number, scale);
    const dims = [weights.length, weights[0]?.length ?? 0];
    tables
      .set(`fov_${index}`, int64(dims, positions.flat()))
      .set(`w_${index}`, float32(dims, weights.flat()));
  }
  return { produced: byName(new Map([...(await target.run()), ...tables])) };
}
