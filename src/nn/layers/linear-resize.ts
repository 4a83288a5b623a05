import { float32, type Tensor } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/** Of each output element, which input elements it is made of, and by how much of each; taps x outputs. */
export interface ResizeTable {
  readonly positions: readonly (readonly number[])[];
  /** Those of an output add up to 1. */
  readonly weights: readonly (readonly number[])[];
}

/** Closer to 0 than any weight but those that rounding has left. */
const nothing = 1e-12;

/**
 * Linear interpolation with its kernel as wide as an output element where it shrinks, so that it does not alias
 * (`Resizer` of EGSDE). Beyond the border lies the mirror image, the edge element repeated. Taps without weight at every
 * output are left out.
 * @param length elements along the axis
 * @param scale output elements for each input element; the output has `scale * length`, rounded up
 */
export function linearResizeTable(length: number, scale: number): ResizeTable {
  const density = Math.min(scale, 1);
  const outputs = Math.ceil(scale * length);
  const taps = Math.ceil(2 / density) + 2;
  const columns = Array.from({ length: outputs }, (_, output) => {
    // Pixels are squares: where the middle of the output's lies, counted in those of the input, as published.
    const centre = (output + 0.5 - (outputs - length * scale) / 2) / scale - 0.5;
    const first = Math.floor(centre + 1 - 1 / density) - 1;
    const positions = Array.from({ length: taps }, (_, tap) => first + tap);
    const heights = positions.map((at) => Math.max(0, 1 - Math.abs(centre - at) * density));
    const sum = heights.reduce((total, height) => total + height, 0);
    return {
      positions: positions.map((at) => mirrored(at, length)),
      weights: heights.map((height) => height / sum),
    };
  });
  const used = Array.from({ length: taps }, (_, tap) => tap).filter((tap) =>
    columns.some(({ weights }) => (weights[tap] as number) > nothing),
  );
  const table = (of: 'positions' | 'weights') =>
    used.map((tap) => columns.map((column) => column[of][tap] as number));
  return { positions: table('positions'), weights: table('weights') };
}

/** The same as a matrix, float32 [outputs, length]. */
export function linearResizeMatrix(length: number, scale: number): Tensor<'float32'> {
  const { positions, weights } = linearResizeTable(length, scale);
  const outputs = Math.ceil(scale * length);
  const matrix = new Float32Array(outputs * length);
  for (const [tap, row] of positions.entries()) {
    for (const [output, position] of row.entries()) {
      const at = output * length + position;
      matrix[at] = (matrix[at] as number) + (weights[tap]?.[output] as number);
    }
  }
  return float32([outputs, length], matrix);
}

/** Resizes both axes of planes [N, C, H, W], H and W known sizes. */
export function linearResize(g: GraphBuilder, planes: Value, scale: number): Value {
  const [height, width] = [Number(planes.shape[2]), Number(planes.shape[3])];
  const rows = g.constant(linearResizeMatrix(height, scale));
  const columns = g.Transpose(g.constant(linearResizeMatrix(width, scale)), [1, 0]);
  return g.MatMul(g.MatMul(rows, planes), columns);
}

function mirrored(position: number, length: number): number {
  const period = 2 * length;
  const within = ((position % period) + period) % period;
  return within < length ? within : period - 1 - within;
}
