import type { Value, ValueType } from '../ir.ts';
import { OperatorCall } from './definition.ts';
import { definitionOf, type OperatorAttributes, type OperatorName } from './index.ts';

/** Runs an operator's inference. @throws GraphError naming the node, the operator and the types */
export function inferTypes<K extends OperatorName>(
  operator: K,
  name: string,
  inputs: readonly (Value | undefined)[],
  attributes: OperatorAttributes<K>,
  outputCount: number,
): readonly ValueType[] {
  const definition = definitionOf(operator);
  const call = new OperatorCall(`${operator} ${name}`, inputs, attributes, outputCount);
  const [fewest, most] = definition.arity;
  if (inputs.length < fewest || inputs.length > most) {
    call.fail(`takes ${fewest === most ? fewest : `${fewest} to ${most}`} inputs, got ${inputs.length}`);
  }
  for (const key of Object.keys(attributes)) {
    if (!(key in definition.attributes)) call.fail(`has no attribute ${key}`);
  }
  return definition.infer(call);
}
