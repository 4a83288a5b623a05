import { float32, int64, type Tensor, toNumbers } from '../../core/tensor.ts';
import {
  centreParameters,
  fromPlanes,
  type Pixels,
  type Preprocess,
  pixelsFrom,
  type TransformParameters,
  toPlanes,
  transform,
} from '../../image/index.ts';
import { type Attempt, byName, type CaseKind } from '../case-kind.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';

/** `get_transform` with a given crop, and `tensor2im`. */
export const imagePipeline: CaseKind = {
  knows: ({ class_or_function }) => /^get_transform\b/.test(class_or_function),
  async *attempts(oracle) {
    yield attempt(oracle);
  },
};

function attempt(oracle: OracleCase): Attempt {
  const { arguments: given } = oracle;
  given.withoutInfluence('hw');
  const sizes = { loadSize: given.integer('load_size'), cropSize: given.integer('crop_size') };
  const [cropX = 0, cropY = 0] = given.integers('crop_pos');
  const picture = pictureOf(inputOf(oracle, 'image'));
  const run = (preprocess: Preprocess, parameters: TransformParameters) =>
    planesOf(transform(picture, { preprocess, ...sizes }, parameters));
  const crop = { cropX, cropY, flip: false };
  const middle = centreParameters(picture, { preprocess: 'resize_and_crop', ...sizes });
  return {
    produced: byName(
      new Map([
        ['resize_and_crop', run('resize_and_crop', { ...crop, flip: true })],
        ['noflip', run('resize_and_crop', crop)],
        ['scale_width', run('scale_width', crop)],
        ['none', run('none', crop)],
        ['drit_test', run('resize_and_crop', middle)],
        ['tensor2im', firstPicture(inputOf(oracle, 'tensor'))],
      ]),
    ),
  };
}

function pictureOf(image: Tensor): Pixels {
  const [height = 0, width = 0] = image.dims;
  return pixelsFrom({ width, height }, Uint8Array.from(toNumbers(image)));
}

function planesOf(pixels: Pixels): Tensor {
  return float32([3, pixels.height, pixels.width], toPlanes(pixels));
}

function firstPicture(planes: Tensor): Tensor {
  const [, , height = 0, width = 0] = planes.dims;
  const { data } = fromPlanes(planes.data as Float32Array, { width, height });
  return int64([height, width, 3], Array.from(data));
}
