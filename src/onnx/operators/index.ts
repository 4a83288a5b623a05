import { controlOperators } from './control.ts';
import type { AttributesOf, OperatorDefinition } from './definition.ts';
import { elementwiseOperators } from './elementwise.ts';
import { indexingOperators } from './indexing.ts';
import { linearOperators } from './linear.ts';
import { movementOperators } from './movement.ts';
import { normalizationOperators } from './normalization.ts';
import { poolingOperators } from './pooling.ts';
import { reductionOperators } from './reduction.ts';

/** Every operator that a graph may hold, under its ONNX name. */
const operators = {
  ...elementwiseOperators,
  ...reductionOperators,
  ...linearOperators,
  ...poolingOperators,
  ...movementOperators,
  ...indexingOperators,
  ...normalizationOperators,
  ...controlOperators,
} as const;

export type OperatorName = keyof typeof operators;
export type OperatorAttributes<K extends OperatorName> = AttributesOf<(typeof operators)[K]['attributes']>;

export const operatorNames = Object.keys(operators) as readonly OperatorName[];

export function definitionOf(name: OperatorName): OperatorDefinition {
  return operators[name] as OperatorDefinition;
}
