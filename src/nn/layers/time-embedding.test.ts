import { describe, expect, it } from 'vitest';
import { float32 } from '../../core/tensor.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { networkGraph } from '../network-graph.ts';
import { type TimeEmbeddingKind, timeEmbedding } from './time-embedding.ts';

function embed(times: readonly number[], channels: number, kind: TimeEmbeddingKind) {
  const graph = networkGraph(
    'embedding',
    new Map(),
    { times: { dtype: 'float32', shape: [times.length] } },
    (scope, values) => timeEmbedding(scope, values, channels, kind),
  );
  return evaluateOne(graph, { times: float32([times.length], times) });
}

describe('timeEmbedding', () => {
  it('has sines first, down to a ten thousandth, as in DDPM', async () => {
    const [a, b, c] = [3.5, 3.5 / 100, 3.5 / 10_000];
    expectClose(await embed([3.5], 6, 'ddpm'), [
      ...[a, b, c].map((phase) => Math.sin(phase)),
      ...[a, b, c].map((phase) => Math.cos(phase)),
    ]);
  });

  it('has cosines first and stops before a ten thousandth, as in ADM', async () => {
    const embedded = [3.5, 0].flatMap((time) => {
      const phases = [0, 1, 2].map((k) => time * 10_000 ** (-k / 3));
      return [...phases.map((phase) => Math.cos(phase)), ...phases.map((phase) => Math.sin(phase))];
    });
    expectClose(await embed([3.5, 0], 6, 'adm'), embedded);
  });

  it('refuses an odd number of channels', () => {
    expect(() => embed([1], 5, 'adm')).toThrow('an even number of channels, 4 or more, got 5');
  });
});
