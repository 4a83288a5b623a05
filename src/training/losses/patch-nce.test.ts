import { describe, expect, it } from 'vitest';
import { gradients } from '../../autodiff/backward.ts';
import { float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { normals } from '../../testing/samples.ts';
import { type PatchNceOptions, patchNceLoss } from './patch-nce.ts';

function graphOf(rows: number, channels: number, options: PatchNceOptions) {
  const g = new GraphBuilder('loss');
  const queries = g.input('queries', 'float32', [rows, channels]);
  const keys = g.input('keys', 'float32', [rows, channels]);
  return { g, queries, keys, loss: patchNceLoss(g, queries, keys, options) };
}

async function lossOf(queries: Tensor, keys: Tensor, options: PatchNceOptions): Promise<Tensor> {
  const [rows, channels] = queries.dims as [number, number];
  const { g, loss } = graphOf(rows, channels, options);
  return evaluateOne(g.build([loss]), { queries, keys });
}

const rowsOf = ({ data, dims: [rows = 0, channels = 0] }: Tensor) =>
  Array.from({ length: rows }, (_, row) =>
    Array.from(data.slice(row * channels, (row + 1) * channels), Number),
  );
const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
const cosine = (a: readonly number[], b: readonly number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

/** Equation 3 row by row in double precision; the published code leaves -10 / tau where a patch meets itself. */
function reference(queries: Tensor, keys: Tensor, options: PatchNceOptions): number[] {
  const [q, k] = [rowsOf(queries), rowsOf(keys)];
  const group = q.length / options.pictures;
  const similarity = options.cosine ? cosine : dot;
  return q.map((query, row) => {
    const first = Math.floor(row / group) * group;
    const logits = k.slice(first, first + group).map((key) => similarity(query, key) / options.temperature);
    const positive = logits[row - first] as number;
    logits[row - first] = -10 / options.temperature;
    const sum = [positive, ...logits].reduce((total, logit) => total + Math.exp(logit - positive), 0);
    return Math.log(sum);
  });
}

describe('patchNceLoss', () => {
  it.each<[string, PatchNceOptions]>([
    ['negatives of the own picture', { temperature: 0.5, pictures: 2 }],
    ['negatives of the whole batch', { temperature: 0.5, pictures: 1 }],
    ['a picture to itself', { temperature: 0.7, pictures: 3 }],
    ['cosines', { temperature: 0.07, pictures: 2, cosine: true }],
  ])('is the cross entropy of every row: %s', async (_, options) => {
    const [queries, keys] = [normals([12, 5], 'queries'), normals([12, 5], 'keys')];
    expectClose(await lossOf(queries, keys, options), reference(queries, keys, options), { rtol: 2e-6 });
  });

  it('does not see the keys of other pictures', async () => {
    const options = { temperature: 0.1, pictures: 2 };
    const [queries, keys] = [normals([8, 4], 'queries'), normals([8, 4], 'keys')];
    const others = { ...keys, data: keys.data.map((value, index) => (index < 16 ? value : -value)) };
    const [loss, changed] = [await lossOf(queries, keys, options), await lossOf(queries, others, options)];
    expect(toNumbers(changed).slice(0, 4)).toEqual(toNumbers(loss).slice(0, 4));
    expect(toNumbers(changed).slice(4)).not.toEqual(toNumbers(loss).slice(4));
  });

  it('gives the keys no gradient', async () => {
    const { g, queries, keys, loss } = graphOf(6, 4, { temperature: 0.07, pictures: 1 });
    const [toQueries, toKeys] = gradients(g, g.ReduceMean(loss, undefined, false), [queries, keys]);
    const graph = g.build([
      g.named('toQueries', toQueries as typeof loss),
      g.named('toKeys', toKeys as typeof loss),
    ]);
    const outputs = await evaluate(graph, { queries: normals([6, 4], 'q'), keys: normals([6, 4], 'k') });
    expect(toNumbers(outputs.toKeys as Tensor)).toEqual(new Array(24).fill(0));
    expect(toNumbers(outputs.toQueries as Tensor).every((value) => value !== 0)).toBe(true);
  });

  it('gives rows of zeros a finite loss and gradient, though they have no direction', async () => {
    const { g, queries, loss } = graphOf(4, 3, { temperature: 0.07, pictures: 1, cosine: true });
    const [gradient] = gradients(g, g.ReduceMean(loss, undefined, false), [queries]);
    const graph = g.build([loss, gradient as typeof loss]);
    const rows = float32([4, 3], [0, 0, 0, 1, 2, 3, 0, 0, 0, 4, 5, 6]);
    const outputs = Object.values(await evaluate(graph, { queries: rows, keys: rows }));
    expect(outputs.flatMap(toNumbers).filter((value) => !Number.isFinite(value))).toEqual([]);
  });
});
