import { int64, scalar } from '../../../core/tensor.ts';
import type { Scope } from '../../../nn/scope.ts';
import type { Value } from '../../../onnx/ir.ts';
import { perplexity } from '../../losses/codebook.ts';
import { type ByDomain, domains, letterOf } from '../domains.ts';
import type { Method } from '../method.ts';
import { autoencoderName } from './networks.ts';
import type { Reconstruction, Writing } from './pass.ts';

/** The step in which each entry was taken last, counted from 1: it is what tells a code that has died. */
const memory = 'codeTakenAt';

/** An entry counts as in use that was taken in so many steps, this one included. */
const window = 100;

export function usageMemory(codebookSize: number): NonNullable<Method['memory']> {
  return { [memory]: { dtype: 'float32', dims: [codebookSize] } };
}

/**
 * Reports how much of the codebook is used: perplexity_a and perplexity_b of this step's pictures, and codes_used, the
 * entries taken in the last 100 steps. Then puts dead entries where features are, if the options say so.
 * It is to be called at the end of a step.
 */
export function followCodebook(writing: Writing, pass: ByDomain<Reconstruction>): void {
  const { builder, options, networks } = writing;
  const g = builder.graph;
  const scope = builder.network(autoencoderName);
  const counts = domains.map((domain) => {
    const count = networks.autoencoder.counts(scope, pass[domain].quantized.indices);
    builder.report(`perplexity_${letterOf(domain)}`, perplexity(g, count));
    return count;
  }) as [Value, Value];
  const now = builder.feed('iteration', 'float32', [], ({ iteration }) => scalar(iteration));
  const taken = g.Greater(g.Add(...counts), 0);
  const takenAt = g.Where(taken, now, builder.recall(memory));
  const recent = g.And(g.Greater(takenAt, g.Sub(now, window)), g.Greater(takenAt, 0));
  builder.report('codes_used', g.ReduceSum(g.Cast(recent, 'float32'), undefined, false));
  const { revivalSteps } = options.codebook;
  builder.remember(memory, revivalSteps === 0 ? takenAt : revived(writing, { pass, scope, now, takenAt }));
}

/**
 * Entries that were not taken in the last `revivalSteps` steps become features of this step's pictures, drawn at random
 * (as Dhariwal et al. 2020, Jukebox, section 3.3). One that never was counts from the first step, and each has as long
 * again after its revival.
 * @returns when each entry was taken last, or revived
 */
function revived(
  { builder, options: { codebook } }: Writing,
  { pass, scope, now, takenAt }: { pass: ByDomain<Reconstruction>; scope: Scope; now: Value; takenAt: Value },
): Value {
  const g = builder.graph;
  const { size, dimension, revivalSteps } = codebook;
  const vectors = domains.map((domain) =>
    g.Reshape(g.Transpose(pass[domain].features, [0, 2, 3, 1]), [-1, dimension]),
  );
  const all = g.Concat(vectors, 0);
  const places = all.shape[0] as number;
  const drawn = builder.feed('revival', 'int64', [size], (_, random) =>
    int64(
      [size],
      Array.from({ length: size }, () => random.integer(places)),
    ),
  );
  const dead = g.LessOrEqual(takenAt, g.Sub(now, revivalSteps));
  const embedding = scope.child('quantize').child('embedding');
  const shape = { shape: [size, dimension], fanIn: size, fanOut: dimension };
  const entries = embedding.parameter({ name: 'weight', role: 'embedding', ...shape });
  const moved = g.Where(g.Unsqueeze(dead, [1]), g.Gather(all, drawn, 0), entries);
  embedding.update('weight', g.StopGradient(moved));
  return g.Where(dead, now, takenAt);
}
