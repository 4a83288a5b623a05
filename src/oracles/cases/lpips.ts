import { gradients } from '../../autodiff/backward.ts';
import { type Lpips, lpips } from '../../nn/networks/lpips.ts';
import type { Value } from '../../onnx/ir.ts';
import { CaseGraph } from '../case-graph.ts';
import { type Attempt, byName, type CaseKind } from '../case-kind.ts';
import { bindNetwork } from '../network-weights.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';

/** The perceptual distance of VQ-I2I, `LPIPS` on VGG-16 of any widths. */
export const lpipsCase: CaseKind = {
  knows: ({ class_or_function }) => /\bLPIPS\b/.test(class_or_function),
  async *attempts(oracle) {
    yield await attempt(oracle);
  },
};

/** `value`: the distances [N, 1, 1, 1]; `grad.x`, `grad.y`: gradients of their sum. */
async function attempt(oracle: OracleCase): Promise<Attempt> {
  const target = new CaseGraph();
  const [x, y] = [target.input('x', inputOf(oracle, 'x')), target.input('y', inputOf(oracle, 'y'))];
  const network: Lpips = lpips({ widths: oracle.arguments.integers('chns') });
  const bound = bindNetwork(
    target,
    'LPIPS',
    oracle.weights('LPIPS'),
    [inputOf(oracle, 'x').dims, inputOf(oracle, 'y').dims],
    (scope, pictures) => network.forward(scope, pictures[0] as Value, pictures[1] as Value),
  );
  const value = network.forward(bound.scope(false), x, y);
  target.output('value', value);
  const [ofX, ofY] = gradients(target.graph, target.graph.ReduceSum(value, undefined, false), [x, y]);
  target.output('grad.x', ofX as Value);
  target.output('grad.y', ofY as Value);
  return { produced: byName(await target.run()) };
}
