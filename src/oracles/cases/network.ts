import { gradients } from '../../autodiff/backward.ts';
import type { Normalization } from '../../nn/layers/normalization.ts';
import type { Scope } from '../../nn/scope.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { CaseGraph } from '../case-graph.ts';
import { type Attempt, byName, normOf } from '../case-kind.ts';
import { type BoundNetwork, bindNetwork } from '../network-weights.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';

/** Values of the `norm` options. */
export const normalizations = ['instance', 'batch', 'none'] as const satisfies readonly Normalization[];

/** What generators and discriminators have in common: a picture in, a picture or a map out. */
export interface PictureNetwork {
  /** The name of its weights in the case: G or D. */
  readonly name: string;
  readonly normalization: Normalization;
  forward(scope: Scope, x: Value): Applied;
  /** Whether the loss also holds the mean square of every feature (the EnCo features). */
  readonly featuresInLoss?: boolean;
}

export interface Applied {
  readonly y: Value;
  /** By layer. */
  readonly features?: ReadonlyMap<number, Value>;
}

type Mode = 'train' | 'eval';

/**
 * Attempts at a case of one network: `y`, `y_eval`, `y_train`, `feat.<layer>`, `bn_after_train.<key>`, `grad.x`,
 * `grad.<net>.<key>`, `grad_norms`. Gradients are those of sum(y cotangent), with batch norm in training mode.
 */
export async function* networkAttempts(oracle: OracleCase, network: PictureNetwork): AsyncGenerator<Attempt> {
  const batchNorm = network.normalization === 'batch';
  yield attempt(oracle, network, { gradient: batchNorm ? 'train' : 'eval', y: 'eval' });
  // Only batch norm makes a difference, and only a case that saved one y without its mode leaves it open.
  const open = batchNorm && oracle.expected.some(({ name }) => name === 'y');
  if (open) {
    const footnote = 'y is taken for that of training mode, which the case does not say';
    yield { ...(await attempt(oracle, network, { gradient: 'train', y: 'train' })), footnote };
  }
}

async function attempt(
  oracle: OracleCase,
  network: PictureNetwork,
  modes: { readonly gradient: Mode; readonly y: Mode },
): Promise<Attempt> {
  const target = new CaseGraph();
  const x = target.input('x', inputOf(oracle, 'x'));
  const bound = bindNetwork(
    target,
    network.name,
    oracle.weights(network.name),
    [inputOf(oracle, 'x').dims],
    (scope, [picture]) => network.forward(scope, picture as Value),
  );
  const applied: Partial<Record<Mode, Applied>> = {};
  const inMode = (mode: Mode): Applied => {
    applied[mode] ??= network.forward(
      bound.scope(mode === 'train', (key, value) => target.output(`bn_after_train.${key}`, value)),
      x,
    );
    return applied[mode];
  };
  if (network.normalization === 'batch') target.output('y_train', inMode('train').y);
  target.output('y_eval', inMode('eval').y);
  target.output('y', inMode(modes.y).y);
  for (const [layer, feature] of inMode(modes.y).features ?? []) target.output(`feat.${layer}`, feature);
  if (oracle.inputs.has('cotangent')) {
    addGradients(target, network, bound, {
      x,
      loss: lossOf(target, oracle, network, inMode(modes.gradient)),
    });
  }
  const tensors = await target.run();
  return {
    produced: byName(tensors, (vector, key) =>
      vector === 'grad_norms' ? normOf(tensors.get(`grad.${key}`)) : undefined,
    ),
  };
}

/** sum(y cotangent), plus mean(feature^2) for every feature where the case says so. */
function lossOf(target: CaseGraph, oracle: OracleCase, network: PictureNetwork, applied: Applied): Value {
  const { graph: g } = target;
  const cotangent = target.input('cotangent', inputOf(oracle, 'cotangent'));
  const projection = g.ReduceSum(g.Mul(applied.y, cotangent), undefined, false);
  const features = network.featuresInLoss ? [...(applied.features?.values() ?? [])] : [];
  return features
    .map((feature) => meanSquare(g, feature))
    .reduce((sum, term) => g.Add(sum, term), projection);
}

function meanSquare(g: GraphBuilder, x: Value): Value {
  return g.ReduceMean(g.Mul(x, x), undefined, false);
}

function addGradients(
  target: CaseGraph,
  { name }: PictureNetwork,
  { parameters }: BoundNetwork,
  { x, loss }: { readonly x: Value; readonly loss: Value },
): void {
  const names = ['x', ...[...parameters.keys()].map((key) => `${name}.${key}`)];
  const derived = gradients(target.graph, loss, [x, ...parameters.values()]);
  for (const [index, of] of names.entries()) target.output(`grad.${of}`, derived[index] as Value);
}
