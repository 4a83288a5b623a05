import { type Dim, sameShape } from '../dimension.ts';
import type { Graph, ValueType } from '../ir.ts';
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
  for (const [index, value] of carried.entries()) {
    const result = results[index];
    if (!value || !result || result.dtype !== value.dtype || !sameShape(result.shape, value.shape)) {
      call.fail(`carried value ${index} changes its type in the body`);
    }
  }
  const scans = results
    .slice(carried.length)
    .map(({ dtype, shape }) => ({ dtype, shape: [tripCount(call), ...shape] }));
  return [...carried.map((value) => sameTypeAs(value as ValueType)), ...scans];
}

/** Only scan outputs need to know it: their first axis is as long. */
function tripCount(call: OperatorCall): Dim {
  return call.contents(0, 'trip count')[0] ?? call.fail('the trip count (input 0) must hold one number');
}
