import { gradients } from '../../autodiff/backward.ts';
import { domainClassifier } from '../../nn/networks/adm/classifier.ts';
import { lowPass } from '../../nn/networks/egsde/low-pass.ts';
import type { Value } from '../../onnx/ir.ts';
import { faithfulnessEnergy, type Similarity, similarityOf } from '../../training/diffusion/energies.ts';
import { Arguments } from '../arguments.ts';
import { CaseGraph } from '../case-graph.ts';
import { byName, type Produced } from '../case-kind.ts';
import { bindNetwork } from '../network-weights.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';
import { classifierOptions } from './egsde-options.ts';

/** Similarities by their names in the published code. */
export const publishedSimilarities: ReadonlyMap<string, Similarity> = new Map([
  ['cosine', 'cosine'],
  ['neg_l2', 'negative-l2'],
]);

/** `low_pass_xt`, and of every choice `energy.<expert>.<choice>` of each picture and its gradient by y. */
export async function egsdeEnergies(oracle: OracleCase): Promise<Produced> {
  const target = new CaseGraph();
  const { graph: g } = target;
  const factor = new Arguments(oracle.declaration.sampler_settings).integer('down_N', 32);
  const network = domainClassifier(classifierOptions(oracle.arguments.group('dse')));
  const shapes = ['y', 't'].map((name) => inputOf(oracle, name).dims);
  // The head has no part in the energies, but its weights are in the file.
  const bound = bindNetwork(target, 'DSE', oracle.weights('DSE'), shapes, (scope, [x, times]) =>
    network.logits(scope, x as Value, times as Value),
  );
  const [y, perturbed, times] = ['y', 'xt', 't'].map((name) => target.input(name, inputOf(oracle, name))) as [
    Value,
    Value,
    Value,
  ];
  target.output('low_pass_xt', lowPass(g, perturbed, factor));
  const [ofState, ofSource] = [y, perturbed].map((x) => network.features(bound.scope(false), x, times)) as [
    Value,
    Value,
  ];
  for (const [name, similarity] of publishedSimilarities) {
    const energies = {
      dse: similarityOf(g, similarity, ofState, ofSource),
      die: faithfulnessEnergy(g, similarity, [y, perturbed], factor),
    };
    for (const [expert, energy] of Object.entries(energies)) {
      target.output(`energy.${expert}.${name}`, energy);
      const [gradient = y] = gradients(g, g.ReduceSum(energy, undefined, false), [y]);
      target.output(`grad_energy.${expert}.${name}`, gradient);
    }
  }
  return byName(await target.run());
}
