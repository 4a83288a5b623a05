import { type GradientRules, gradientRules } from '../autodiff/rules/index.ts';
import { float32, type Tensor } from '../core/tensor.ts';
import type { Node, Value } from '../onnx/ir.ts';

/**
 * Units whose side of 0 nobody can tell. Of the millions of ReLUs in a training step a few have an input that is 0 to
 * rounding. Forward values do not care, but a gradient has an element more or less, far above the rounding that a case
 * tolerates. Such a unit is known by its having different signs when the same graph is summed in another order. Where a
 * case saved the gradient of the other side, that side is taken: for these units only, and only in the gradient.
 */
export interface UndecidedUnit {
  /** Name of the Relu node. */
  readonly node: string;
  readonly element: number;
  /** What is added to its input, for the gradient: 1 or -1. */
  readonly nudge: number;
}

/** Inputs of ReLUs, by the name of the node. */
export type ReluInputs = ReadonlyMap<string, Tensor>;

export function isRelu(node: Node): boolean {
  return node.operator === 'Relu';
}

/**
 * Units on different sides of 0 under two orders of summation, with the nudge that takes them from the first's side to
 * the second's. What is computed several times from the same numbers, and so has the same two values, makes one group.
 */
export function undecidedUnits(first: ReluInputs, second: ReluInputs): UndecidedUnit[][] {
  const groups = new Map<string, UndecidedUnit[]>();
  for (const [node, { data }] of first) {
    const [here, there] = [data, second.get(node)?.data] as [Float32Array, Float32Array];
    for (const [element, value] of here.entries()) {
      const other = there[element] as number;
      if (value > 0 === other > 0) continue;
      const key = `${value} ${other}`;
      groups.set(key, [...(groups.get(key) ?? []), { node, element, nudge: other > 0 ? 1 : -1 }]);
    }
  }
  return [...groups.values()];
}

/** Every choice of some of the groups, but for none and all of them, which the two orders themselves stand for. */
export function mixtures(groups: readonly (readonly UndecidedUnit[])[]): UndecidedUnit[][] {
  const choices = 2 ** groups.length;
  return Array.from({ length: Math.max(choices - 2, 0) }, (_, index) =>
    groups.filter((__, group) => ((index + 1) >> group) % 2 === 1).flat(),
  );
}

/** Rules by which the given units are on the other side of 0. */
export function withNudges(
  units: readonly UndecidedUnit[],
  rules: GradientRules = gradientRules,
): GradientRules {
  return {
    ...rules,
    Relu(context) {
      const { g, node, cotangents } = context;
      const own = units.filter((unit) => unit.node === node.name);
      if (own.length === 0) return rules.Relu(context);
      const x = node.inputs[0] as Value;
      const nudged = g.Add(x, g.constant(nudges(x.shape as readonly number[], own)));
      return [g.Mul(cotangents[0] as Value, g.Cast(g.Greater(nudged, 0), 'float32'))];
    },
  };
}

function nudges(shape: readonly number[], units: readonly UndecidedUnit[]): Tensor<'float32'> {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (const { element, nudge } of units) data[element] = nudge;
  return float32(shape, data);
}
