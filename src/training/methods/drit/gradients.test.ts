import { expect, it } from 'vitest';
import { Random } from '../../../core/random.ts';
import { float32, type Tensor, toNumbers } from '../../../core/tensor.ts';
import { GraphBuilder } from '../../../onnx/builder.ts';
import type { Value } from '../../../onnx/ir.ts';
import { optimize } from '../../../onnx/passes/index.ts';
import { serialize } from '../../../onnx/serialize.ts';
import { Session } from '../../../runtime/index.ts';
import { uniforms } from '../../../testing/samples.ts';
import { initialState } from '../../step/state.ts';
import { StepBuilder } from '../../step/step-builder.ts';
import { stateInputs } from '../../step/training-graph.ts';
import { tinyDrit } from '../../testing/tiny-drit.ts';
import { methodOf } from '../index.ts';

/** Feature-wise, without mode seeking: what the published case does not try. */
const method = methodOf(
  tinyDrit({ options: { generator: { variant: 'feature-wise', filters: 2 }, modeSeekingWeight: 0 } }),
);
const checked = [
  ['EG_total', 1, 'gen.mlpB.4.weight'],
  ['EG_total', 1, 'enc_c.conv_share.0.model.1.weight'],
  ['G_alone_total', 2, 'gen.mlpA.0.weight'],
] as const;

it('gradients are those of finite differences: feature-wise, without mode seeking', async () => {
  const graph = new GraphBuilder('gradients');
  // Four times the first weights: codes then reach the pictures.
  const state = new Map<string, Tensor>(
    [...initialState(method, 1, false)].map(([name, tensor]) => {
      const strong = name.endsWith('.weight') && !name.startsWith('adam.');
      return [
        name,
        strong
          ? float32(
              tensor.dims,
              toNumbers(tensor).map((value) => 4 * value),
            )
          : tensor,
      ];
    }),
  );
  const step = new StepBuilder({
    graph,
    method,
    state: stateInputs(graph, state),
    feed: ({ name, dtype, shape }) => graph.input(name, dtype, shape),
    averageDecay: 0,
    update: false,
    learningRateAt: () => 1,
  });
  method.steps[0]?.build(step);
  const slopes = checked.map(([, turn, name]) => step.minimized[turn]?.gradients.get(name) as Value);
  const losses = checked.map(([loss]) => graph.Identity(step.reports.get(loss) as Value));
  const built = optimize(graph.build([...losses, ...slopes]));
  const session = await Session.create(serialize(built), { provider: 'cpu', threads: 1 });
  const batch = { A: uniforms([2, 3, 32, 32], [-1, 1], 'A'), B: uniforms([2, 3, 32, 32], [-1, 1], 'B') };
  const feeds = step.feeds.map(
    ({ name, provide }) => [name, provide({ iteration: 1, epoch: 1, batch }, Random.of(1, name))] as const,
  );
  const given = new Map([...state, ...feeds]);
  const run = async (changes: ReadonlyMap<string, Tensor> = new Map()) => {
    const inputs = session.inputNames.map((name) => [name, changes.get(name) ?? given.get(name)] as const);
    const outputs = await session.run(Object.fromEntries(inputs) as Record<string, Tensor>);
    return built.outputs.map(({ name }) => toNumbers(outputs[name] as Tensor));
  };
  try {
    const at = await run();
    for (const [index, [, , name]] of checked.entries()) {
      const slope = at[checked.length + index] as number[];
      const weights = state.get(name) as Tensor;
      const length = Math.hypot(...slope);
      const along = async (h: number) => {
        const moved = toNumbers(weights).map((value, at) => value + (h * (slope[at] as number)) / length);
        return ((await run(new Map([[name, float32(weights.dims, moved)]])))[index] as [number])[0];
      };
      // Far enough for single precision to see it in a loss of about 30.
      const h = Math.min(0.02, 0.004 / length);
      const numeric = ((await along(h)) - (await along(-h))) / (2 * h);
      expect(Math.abs(numeric / length - 1), `${name}: ${numeric} and ${length}`).toBeLessThan(0.05);
    }
  } finally {
    await session.dispose();
  }
});
