import type { GraphBuilder } from '../onnx/builder.ts';
import { productOf, sameShape } from '../onnx/dimension.ts';
import { GraphError, typeText } from '../onnx/errors.ts';
import type { Node, Value } from '../onnx/ir.ts';
import { type GradientRules, gradientRules } from './rules/index.ts';
import { zerosLike } from './rules/shapes.ts';

/**
 * Reverse-mode differentiation, graph to graph: appends to the builder the nodes that compute d loss / d target.
 * What it appends is ordinary graph, so gradients of gradients need nothing more. Integers and booleans carry no
 * gradient: what they select or mask is differentiated as if they were constant.
 *
 * @param loss a value with one element; with `seed` of any shape
 * @param targets float values of the graph; a target that the loss does not depend on gets zeros
 * @param seed the cotangent to start from (shape of loss); default 1
 * @param rules other derivatives than the true ones, to imitate those of other software
 * @returns one value a target, of the target's shape
 * @throws GraphError when the loss is not a scalar, or a path to a target crosses an operator without a derivative
 */
export function gradients(
  g: GraphBuilder,
  loss: Value,
  targets: readonly Value[],
  seed?: Value,
  rules: GradientRules = gradientRules,
): readonly Value[] {
  requireDifferentiable(loss, targets, seed);
  const dependent = dependentsOf(g.appended, targets);
  const cotangents = new Cotangents(g);
  if (dependent.has(loss)) cotangents.add(loss, seed ?? ones(g, loss));
  for (const node of [...g.appended].reverse()) propagate({ g, rules, dependent, cotangents }, node);
  return targets.map((target) => cotangents.of(target) ?? zerosLike(g, target));
}

function requireDifferentiable(loss: Value, targets: readonly Value[], seed: Value | undefined): void {
  if (seed === undefined && productOf(loss.shape) !== 1) {
    throw new GraphError(`the loss must have one element, ${loss.name} is ${typeText(loss)}`);
  }
  if (seed !== undefined && !sameType(seed, loss)) {
    throw new GraphError(`the cotangent of ${loss.name} (${typeText(loss)}) cannot be ${typeText(seed)}`);
  }
  const other = [loss, ...targets].find((value) => !isFloat(value));
  if (other !== undefined) {
    throw new GraphError(`${other.name} is ${typeText(other)}: only float values have gradients`);
  }
}

/** Float values on a differentiable path from a target: everything else needs no cotangent. */
function dependentsOf(nodes: readonly Node[], targets: readonly Value[]): ReadonlySet<Value> {
  const dependent = new Set<Value>(targets);
  for (const node of nodes) {
    if (node.operator === 'StopGradient' || !node.inputs.some((input) => input && dependent.has(input)))
      continue;
    for (const output of node.outputs) if (isFloat(output)) dependent.add(output);
  }
  return dependent;
}

interface Walk {
  readonly g: GraphBuilder;
  readonly rules: GradientRules;
  readonly dependent: ReadonlySet<Value>;
  readonly cotangents: Cotangents;
}

function propagate({ g, rules, dependent, cotangents }: Walk, node: Node): void {
  const wanted = node.inputs.map((input) => input !== undefined && isFloat(input) && dependent.has(input));
  if (!wanted.includes(true)) return;
  const incoming = node.outputs.map((output) => cotangents.of(output));
  if (incoming.every((cotangent) => cotangent === undefined)) return;
  const outgoing = rules[node.operator]({ g, node, cotangents: incoming, wanted });
  for (const [index, input] of node.inputs.entries()) {
    const cotangent = outgoing[index];
    if (!input || !wanted[index] || cotangent === undefined) continue;
    if (!sameType(cotangent, input)) {
      throw new GraphError(
        `internal: the gradient rule of ${node.operator} ${node.name} gives ${typeText(cotangent)} for input ${index} of ${typeText(input)}`,
      );
    }
    cotangents.add(input, cotangent);
  }
}

/** Contributions to each value's cotangent, added up when they are asked for. */
class Cotangents {
  private readonly g: GraphBuilder;
  private readonly contributions = new Map<Value, Value[]>();

  constructor(g: GraphBuilder) {
    this.g = g;
  }

  add(value: Value, cotangent: Value): void {
    const known = this.contributions.get(value);
    if (known === undefined) this.contributions.set(value, [cotangent]);
    else known.push(cotangent);
  }

  of(value: Value): Value | undefined {
    const known = this.contributions.get(value);
    if (known === undefined) return undefined;
    const sum = known.reduce((total, next) => this.g.Add(total, next));
    this.contributions.set(value, [sum]);
    return sum;
  }
}

function sameType(left: Value, right: Value): boolean {
  return left.dtype === right.dtype && sameShape(left.shape, right.shape);
}

function isFloat(value: Value): boolean {
  return value.dtype === 'float32' || value.dtype === 'float64' || value.dtype === 'float16';
}

/** Of a value with one element. */
function ones(g: GraphBuilder, { dtype, shape }: Value): Value {
  return shape.length === 0
    ? g.scalar(1, dtype)
    : g.Expand(
        g.scalar(1, dtype),
        shape.map(() => 1),
      );
}
