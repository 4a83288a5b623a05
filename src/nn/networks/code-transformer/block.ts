import type { Value } from '../../../onnx/ir.ts';
import { gelu } from '../../layers/activation.ts';
import { layerNorm } from '../../layers/layer-norm.ts';
import { linear } from '../../layers/linear.ts';
import type { Scope } from '../../scope.ts';
import { joinHeads, type Projections, project } from './attention.ts';

/** A perceptron's hidden layer is this many times as wide as what goes through the blocks. */
const expansion = 4;

/**
 * A block of the transformer, norms first: x + attention(ln1(x)), and of that y + perceptron(ln2(y)).
 * Parameters `ln1`, `attn`, `ln2`, `mlp.0` and `mlp.2`.
 * @param x [N, T, width]
 * @param attend what the places see of each other, [N, heads, T, d]
 */
export function block(
  scope: Scope,
  x: Value,
  heads: number,
  attend: (projections: Projections) => Value,
): Value {
  const { graph } = scope;
  const attention = scope.child('attn');
  const projections = project(attention, layerNorm(scope.child('ln1'), x), heads);
  const attended = graph.Add(x, joinHeads(attention, attend(projections)));
  return graph.Add(attended, perceptron(scope.child('mlp'), layerNorm(scope.child('ln2'), attended)));
}

function perceptron(scope: Scope, x: Value): Value {
  const width = x.shape.at(-1) as number;
  const hidden = gelu(scope, linear(scope.child(0), x, { features: expansion * width }));
  return linear(scope.child(2), hidden, { features: width });
}
