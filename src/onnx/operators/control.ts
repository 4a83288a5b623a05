import { type Dim, sameShape } from '../dimension.ts';
import { typeText } from '../errors.ts';
import type { Graph, Value, ValueType } from '../ir.ts';
import { define, type OperatorCall } from './definition.ts';
import { sameTypeAs } from './elementwise.ts';

export const controlOperators = {
  /** The value itself, through which no gradient flows. Ours, not ONNX's: lowered to its input when serialised. */
  StopGradient: define({
    arity: [1, 1],
    attributes: {},
    infer: (call) => [{ ...sameTypeAs(call.input(0)), contents: call.input(0).contents }],
  }),
  /**
   * Inputs: trip count, condition, then the carried values. Body: (iteration, condition, carried...) to
   * (condition, carried..., one slice of each scan output).
   */
  Loop: define({
    arity: [2, Number.POSITIVE_INFINITY],
    attributes: { body: 'graph' },
    infer: (call) => loopOutputs(call, call.attributes.body ?? call.fail('attribute body is required')),
  }),
} as const;

function loopOutputs(call: OperatorCall, body: Graph): ValueType[] {
  const carried = call.inputs.slice(2);
  if (body.inputs.length !== carried.length + 2) {
    call.fail(`the body takes ${body.inputs.length} inputs, expected ${carried.length + 2}`);
  }
  const results = body.outputs.slice(1);
  requireType(call, 'the iteration, input 0 of the body,', body.inputs[0], { dtype: 'int64', shape: [] });
  requireType(call, 'the condition, input 1 of the body,', body.inputs[1], { dtype: 'bool', shape: [] });
  requireType(call, 'the condition, output 0 of the body,', body.outputs[0], { dtype: 'bool', shape: [] });
  for (const [index, value] of carried.entries()) {
    const expected = value ?? call.fail(`input ${index + 2} is missing`);
    requireType(call, `input ${index + 2} of the body`, body.inputs[index + 2], expected);
    requireType(call, `output ${index + 1} of the body`, results[index], expected);
  }
  const scans = results
    .slice(carried.length)
    .map(({ dtype, shape }) => ({ dtype, shape: [tripCount(call), ...shape] }));
  return [...carried.map((value) => sameTypeAs(value as ValueType)), ...scans];
}

function requireType(call: OperatorCall, what: string, actual: Value | undefined, expected: ValueType): void {
  if (actual?.dtype === expected.dtype && sameShape(actual.shape, expected.shape)) return;
  call.fail(`${what} is ${typeText(actual)}, expected ${typeText(expected)}`);
}

/** Only scan outputs need to know it: their first axis is as long. */
function tripCount(call: OperatorCall): Dim {
  return call.contents(0, 'trip count')[0] ?? call.fail('the trip count (input 0) must hold one number');
}
