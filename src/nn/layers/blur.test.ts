import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { elementCount, float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { shapeText, symbol } from '../../onnx/dimension.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { networkGraph } from '../network-graph.ts';
import { describeNetwork } from '../sources.ts';
import { blurDownsample, blurUpsample } from './blur.ts';

const sizes = [
  [1, 2, 6, 8],
  [2, 3, 5, 7],
  [1, 1, 2, 3],
] as const;

function picture(dims: readonly number[]): Tensor<'float32'> {
  return float32(
    dims,
    Random.of(5, ...dims).fill(elementCount(dims), (stream) => stream.normal()),
  );
}

function apply(x: Tensor, layer: typeof blurDownsample): Promise<Tensor> {
  const graph = networkGraph('test', new Map(), { x: { dtype: 'float32', shape: x.dims } }, layer);
  return evaluateOne(graph, { x });
}

/** Applies `along` to each row and then to each column of every channel. */
function separable(x: Tensor<'float32'>, along: (line: readonly number[]) => number[]): number[] {
  const [, , height, width] = x.dims as [number, number, number, number];
  const planes = Array.from({ length: x.data.length / (height * width) }, (_, plane) =>
    Array.from({ length: height }, (_, y) =>
      Array.from(x.data.subarray((plane * height + y) * width, (plane * height + y + 1) * width)),
    ),
  );
  return planes.flatMap((plane) => transposed(transposed(plane.map(along)).map(along)).flat());
}

function transposed(rows: readonly (readonly number[])[]): number[][] {
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] as number));
}

/** Every second value of [1 2 1] / 4 over the line mirrored at its ends. */
function downLine(line: readonly number[]): number[] {
  const mirrored = (index: number) => {
    const inside = index < 0 ? -index : index;
    return line[inside < line.length ? inside : 2 * (line.length - 1) - inside] as number;
  };
  return Array.from({ length: Math.ceil(line.length / 2) }, (_, index) => {
    const centre = 2 * index;
    return 0.25 * mirrored(centre - 1) + 0.5 * mirrored(centre) + 0.25 * mirrored(centre + 1);
  });
}

/** Each value gives two: a quarter of the neighbour on its side and three of its own; the ends repeat. */
function upLine(line: readonly number[]): number[] {
  return line.flatMap((value, index) => [
    0.25 * (line[index - 1] ?? value) + 0.75 * value,
    0.75 * value + 0.25 * (line[index + 1] ?? value),
  ]);
}

describe('blurDownsample', () => {
  it.each(sizes)('halves %d x %d x %d x %d exactly as computed by hand', async (...dims) => {
    const x = picture(dims);
    const y = await apply(x, blurDownsample);
    expect(y.dims).toEqual([dims[0], dims[1], Math.ceil(dims[2] / 2), Math.ceil(dims[3] / 2)]);
    expectClose(y, separable(x, downLine));
  });

  it('keeps a flat picture flat up to its border', async () => {
    const flat = float32([1, 1, 4, 4], new Float32Array(16).fill(0.5));
    expect(toNumbers(await apply(flat, blurDownsample))).toEqual([0.5, 0.5, 0.5, 0.5]);
  });
});

describe('blurUpsample', () => {
  it.each(sizes)('doubles %d x %d x %d x %d exactly as computed by hand', async (...dims) => {
    const x = picture(dims);
    const y = await apply(x, blurUpsample);
    expect(y.dims).toEqual([dims[0], dims[1], 2 * dims[2], 2 * dims[3]]);
    expectClose(y, separable(x, upLine));
  });
});

describe('blur kernels', () => {
  it('stand in the state_dict as fixed buffers, one a channel', () => {
    const { parameters, buffers } = describeNetwork((scope) => {
      const x = scope.graph.input('x', 'float32', [1, 2, 8, 8]);
      blurDownsample(scope.child(0), x);
      blurUpsample(scope.child(1), x);
    });
    expect(parameters).toEqual([]);
    expect(buffers.map(({ name, fixed, initial }) => [name, fixed, initial.dims])).toEqual([
      ['0.filt', true, [2, 1, 3, 3]],
      ['1.filt', true, [2, 1, 4, 4]],
    ]);
    const down = [1, 2, 1, 2, 4, 2, 1, 2, 1].map((tap) => tap / 16);
    expect(toNumbers(buffers[0]?.initial as Tensor)).toEqual([...down, ...down]);
  });

  it('take pictures of any size', () => {
    const shape = [symbol('N'), 2, symbol('H'), symbol('W')];
    const graph = networkGraph('test', new Map(), { x: { dtype: 'float32', shape } }, (scope, x) => [
      blurDownsample(scope.child(0), x),
      blurUpsample(scope.child(1), x),
    ]);
    expect(graph.outputs.map((output) => shapeText(output.shape))).toEqual([
      '[N, 2, floor((H + 1)/2), floor((W + 1)/2)]',
      '[N, 2, 2*H, 2*W]',
    ]);
  });
});
