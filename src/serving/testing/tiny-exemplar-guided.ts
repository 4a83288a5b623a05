import { Random } from '../../core/random.ts';
import { tinyModel } from '../../testing/tiny-model.ts';

/** Pictures as bytes at both ends, as our own exports have them. */
const picture = { dtype: 'uint8', shape: ['n', 'h', 'w', 3] } as const;
const contentChannels = 16;
const level = { shape: [], values: Float32Array.of(1 / 255) };

/** Bytes of `picture` as planes in [0, 1], called `planes`. */
const readPicture = [
  { operator: 'DequantizeLinear', inputs: ['picture', 'level'], outputs: ['levels'] },
  { operator: 'Transpose', inputs: ['levels'], outputs: ['planes'], integers: { perm: [0, 3, 1, 2] } },
];

/**
 * Three networks with random weights, built like those of DRIT: content is a picture at a quarter of its size, a code the mean of
 * a picture's features, and a generator adds the code to the content at every place.
 */
export function tinyExemplarGuided({ codeSize, seed }: { codeSize: number; seed: number }) {
  const weights = (label: string, shape: readonly number[], deviation: number) => {
    const count = shape.reduce((product, side) => product * side, 1);
    const values = Random.of(seed, label).fill(count, (random) => deviation * random.normal());
    return { shape, values };
  };
  const content = {
    name: 'content',
    dtype: 'float32',
    shape: ['n', contentChannels, 'ch', 'cw'],
  } as const;
  const code = { name: 'attribute', dtype: 'float32', shape: ['n', codeSize] } as const;
  const files = {
    'content-encoder': tinyModel({
      inputs: [{ name: 'picture', ...picture }],
      outputs: [content],
      weights: { level, w: weights('content', [contentChannels, 3, 4, 4], 0.3) },
      nodes: [
        ...readPicture,
        { operator: 'Conv', inputs: ['planes', 'w'], outputs: ['features'], integers: { strides: [4, 4] } },
        { operator: 'Tanh', inputs: ['features'], outputs: ['content'] },
      ],
    }),
    'attribute-encoder': tinyModel({
      inputs: [{ name: 'picture', ...picture }],
      outputs: [code],
      weights: { level, w: weights('attribute', [3, codeSize], 3) },
      nodes: [
        ...readPicture,
        { operator: 'ReduceMean', inputs: ['planes'], outputs: ['means'], integers: { axes: [2, 3] } },
        { operator: 'Flatten', inputs: ['means'], outputs: ['flat'] },
        { operator: 'MatMul', inputs: ['flat', 'w'], outputs: ['attribute'] },
      ],
    }),
    generator: tinyModel({
      inputs: [content, code],
      outputs: [{ name: 'output', ...picture }],
      weights: {
        level,
        c: weights('code', [codeSize, contentChannels], 0.5),
        w: weights('generator', [contentChannels, 3, 4, 4], 0.5),
      },
      nodes: [
        { operator: 'MatMul', inputs: ['attribute', 'c'], outputs: ['shift'] },
        // [n, c, h, w] to [h, w, n, c], where a row of codes fits behind.
        { operator: 'Transpose', inputs: ['content'], outputs: ['places'], integers: { perm: [2, 3, 0, 1] } },
        { operator: 'Add', inputs: ['places', 'shift'], outputs: ['shifted'] },
        { operator: 'Tanh', inputs: ['shifted'], outputs: ['looks'] },
        { operator: 'Transpose', inputs: ['looks'], outputs: ['features'], integers: { perm: [2, 3, 0, 1] } },
        {
          operator: 'ConvTranspose',
          inputs: ['features', 'w'],
          outputs: ['large'],
          integers: { strides: [4, 4] },
        },
        { operator: 'Sigmoid', inputs: ['large'], outputs: ['unit'] },
        { operator: 'Transpose', inputs: ['unit'], outputs: ['last'], integers: { perm: [0, 2, 3, 1] } },
        { operator: 'QuantizeLinear', inputs: ['last', 'level'], outputs: ['output'] },
      ],
    }),
  };
  return { files, contentChannels };
}
