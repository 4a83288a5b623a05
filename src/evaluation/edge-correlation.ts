import type { Size } from '../image/index.ts';
import { mean } from './mean.ts';

/** Deviations of edges below this come from rounding only; values are in [0, 1]. */
const leastDeviation = 1e-6;
/** Luma of ITU-R BT.601. */
const [red, green, blue] = [0.299, 0.587, 0.114];

/**
 * Whether two pictures have their edges in the same places, whatever the colours between them and whichever side is the
 * lighter: Pearson's correlation of the lengths of their Sobel gradients, -1 to 1. SSIM and the like also count every
 * change of colour, which is what a translation is asked for.
 * @param x float32 [3, height, width] in [0, 1], as `y`
 * @returns undefined when one has no edges, or the same everywhere, or a side has fewer than three pixels
 */
export function edgeCorrelation(x: Float32Array, y: Float32Array, size: Size): number | undefined {
  if (Math.min(size.width, size.height) < 3) return undefined;
  const [ofX, ofY] = [deviations(edgesOf(x, size)), deviations(edgesOf(y, size))];
  const [sizeX, sizeY] = [Math.sqrt(product(ofX, ofX)), Math.sqrt(product(ofY, ofY))];
  if (Math.min(sizeX, sizeY) < leastDeviation * Math.sqrt(ofX.length)) return undefined;
  return product(ofX, ofY) / (sizeX * sizeY);
}

/** Lengths of the gradients at every place that has eight neighbours. */
function edgesOf(planes: Float32Array, { width, height }: Size): Float64Array {
  const area = width * height;
  const luma = Float64Array.from(
    { length: area },
    (_, at) =>
      red * (planes[at] as number) +
      green * (planes[at + area] as number) +
      blue * (planes[at + 2 * area] as number),
  );
  const across = width - 2;
  return Float64Array.from({ length: across * (height - 2) }, (_, at) => {
    const corner = Math.trunc(at / across) * width + (at % across);
    const value = (row: number, column: number) => luma[corner + row * width + column] as number;
    const side = (column: number) => value(0, column) + 2 * value(1, column) + value(2, column);
    const level = (row: number) => value(row, 0) + 2 * value(row, 1) + value(row, 2);
    return Math.hypot(side(2) - side(0), level(2) - level(0));
  });
}

function deviations(values: Float64Array): Float64Array {
  const centre = mean(values);
  return values.map((value) => value - centre);
}

function product(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, value, at) => sum + value * (y[at] as number), 0);
}
