import { float32, type Tensor } from '../../core/tensor.ts';
import { DatasetError } from './dataset.ts';
import type { PicturePlanes } from './decode-protocol.ts';

/**
 * Pictures as one NCHW tensor. A single picture is taken as it is, without a copy.
 * @throws DatasetError when sizes differ, which they can when `preprocess` keeps the pictures' own
 */
export function stack(pictures: readonly [PicturePlanes, ...PicturePlanes[]]): Tensor<'float32'> {
  const [first] = pictures;
  const dims = [pictures.length, 3, first.height, first.width];
  if (pictures.length === 1) return float32(dims, first.data);
  const data = new Float32Array(pictures.length * first.data.length);
  for (const [slot, picture] of pictures.entries()) {
    if (picture.width !== first.width || picture.height !== first.height) {
      throw new DatasetError(
        `pictures of a batch differ in size: ${first.file} is ${first.width}x${first.height}, ` +
          `${picture.file} is ${picture.width}x${picture.height}. Use batches of one, or resize and crop`,
      );
    }
    data.set(picture.data, slot * first.data.length);
  }
  return float32(dims, data);
}
