import { type Tensor, tensor } from '../core/tensor.ts';
import { type Pixels, pixelsFrom } from '../image/index.ts';

/** A picture as our exports take it: uint8 [1, height, width, 3]. */
export function pictureTensor({ width, height, data }: Pixels): Tensor<'uint8'> {
  return tensor('uint8', [1, height, width, 3], data);
}

/** @param picture uint8 [1, height, width, 3] */
export function pixelsOf({ dims, data }: Tensor): Pixels {
  const [, height = 0, width = 0] = dims;
  return pixelsFrom({ width, height }, data as Uint8Array);
}
