import { gradients } from '../../autodiff/backward.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import {
  type AdversarialObjective,
  adversarialLoss,
  adversarialObjectives,
} from '../../training/losses/adversarial.ts';
import { CaseGraph } from '../case-graph.ts';
import { type Attempt, byName, type CaseKind } from '../case-kind.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';

/** `GANLoss`: each objective against both labels. */
export const ganLoss: CaseKind = {
  knows: ({ class_or_function }) => /^GANLoss\b/.test(class_or_function),
  async *attempts(oracle) {
    yield await attempt(oracle);
  },
};

/**
 * For `<objective>.real` and `<objective>.fake`: the element of `losses`, `grad.<...>` by the prediction, and
 * `persample.<...>`, the loss of each picture alone.
 */
async function attempt(oracle: OracleCase): Promise<Attempt> {
  // What every published model labels with; our objectives know no others.
  oracle.arguments.mustBe('target_real_label', 1);
  oracle.arguments.mustBe('target_fake_label', 0);
  oracle.arguments.withoutInfluence('gan_modes', 'gan_mode');
  const target = new CaseGraph();
  const { graph: g } = target;
  const prediction = target.input('pred', inputOf(oracle, 'pred'));
  for (const objective of adversarialObjectives) {
    for (const real of [true, false]) {
      const name = `${objective}.${real ? 'real' : 'fake'}`;
      const loss = adversarialLoss(g, objective, prediction, real);
      const [gradient] = gradients(g, loss, [prediction]) as [Value];
      target.output(name, loss);
      target.output(`grad.${name}`, gradient);
      target.output(`persample.${name}`, pictureByPicture(g, objective, prediction, real));
    }
  }
  const tensors: ReadonlyMap<string, Tensor> = await target.run();
  return { produced: byName(tensors, (_, element) => tensors.get(element)) };
}

function pictureByPicture(
  g: GraphBuilder,
  objective: AdversarialObjective,
  prediction: Value,
  real: boolean,
): Value {
  const pictures = prediction.shape[0] as number;
  const losses = Array.from({ length: pictures }, (_, at) => {
    const own = g.Slice(prediction, { starts: [at], ends: [at + 1], axes: [0] });
    return g.Reshape(adversarialLoss(g, objective, own, real), [1]);
  });
  return g.Concat(losses, 0);
}
