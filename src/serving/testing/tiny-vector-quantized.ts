import { tinyModel } from '../../testing/tiny-model.ts';

/** Pictures as bytes at both ends, as our own exports have them. */
const picture = { dtype: 'uint8', shape: ['n', 'h', 'w', 3] } as const;

/** What {@link tinyVectorQuantized} makes of pictures. */
export const tinyQuantization = { pixelsPerCode: 4, codebookSize: 8, styleCodeSize: 2, window: 4 } as const;
const { pixelsPerCode, codebookSize, styleCodeSize } = tinyQuantization;
/** Levels of red that are one code. */
const levels = 256 / codebookSize;
/** Of integers that the graph casts; the writer has floats only. */
const numbers = (...values: number[]) => ({ shape: [values.length], values: Float32Array.from(values) });
const int64 = 7;
const float = 1;

const toInt64 = (name: string) => ({
  operator: 'Cast',
  inputs: [`${name} as floats`],
  outputs: [name],
  integers: { to: int64 },
});

/**
 * Networks whose pictures show what they were made of. A code is the level of red of a square of pixels, in eighths. A style is
 * two numbers of [0, 1]: the mean green and the mean blue of a picture of the source domain, the mean blue and the mean
 * green of one of the target domain. A painted square has its code as red, its strip's first style number as green and the
 * second as blue, in the source domain in the lower, in the target domain in the upper half of the levels of blue. The
 * prior finds the code after the last one (7 comes before 0) e^3 times as likely as each of the others.
 */
export function tinyVectorQuantized() {
  return {
    'content-encoder': contentEncoder(),
    'style-encoder-source': styleEncoder([1, 2]),
    'style-encoder-target': styleEncoder([2, 1]),
    'decoder-source': decoder(0),
    'decoder-target': decoder(128),
    prior: prior(),
  };
}

function contentEncoder(): Uint8Array {
  const pixels = pixelsPerCode * pixelsPerCode;
  const red = new Float32Array(3 * pixels).fill(1 / pixels / levels, 0, pixels);
  return tinyModel({
    inputs: [{ name: 'picture', ...picture }],
    outputs: [{ name: 'codes', dtype: 'int64', shape: ['n', 'rows', 'columns'] }],
    weights: { red: { shape: [1, 3, pixelsPerCode, pixelsPerCode], values: red } },
    nodes: [
      { operator: 'Cast', inputs: ['picture'], outputs: ['levels'], integers: { to: float } },
      { operator: 'Transpose', inputs: ['levels'], outputs: ['planes'], integers: { perm: [0, 3, 1, 2] } },
      {
        operator: 'Conv',
        inputs: ['planes', 'red'],
        outputs: ['means'],
        integers: { strides: [pixelsPerCode, pixelsPerCode] },
      },
      {
        operator: 'ReduceMean',
        inputs: ['means'],
        outputs: ['map'],
        integers: { axes: [1], keepdims: 0 },
      },
      // Casting cuts the fraction off.
      { operator: 'Cast', inputs: ['map'], outputs: ['codes'], integers: { to: int64 } },
    ],
  });
}

/** @param channels whose means are the first and the second number */
function styleEncoder(channels: readonly [number, number]): Uint8Array {
  const chosen = new Float32Array(3 * styleCodeSize);
  for (const [index, channel] of channels.entries()) chosen[channel * styleCodeSize + index] = 1 / 255;
  return tinyModel({
    inputs: [{ name: 'picture', ...picture }],
    outputs: [{ name: 'style', dtype: 'float32', shape: ['n', styleCodeSize] }],
    weights: { chosen: { shape: [3, styleCodeSize], values: chosen } },
    nodes: [
      { operator: 'Cast', inputs: ['picture'], outputs: ['levels'], integers: { to: float } },
      {
        operator: 'ReduceMean',
        inputs: ['levels'],
        outputs: ['means'],
        integers: { axes: [1, 2], keepdims: 0 },
      },
      { operator: 'MatMul', inputs: ['means', 'chosen'], outputs: ['style'] },
    ],
  });
}

/** @param blue level of a style whose second number is 0 */
function decoder(blue: number): Uint8Array {
  return tinyModel({
    inputs: [
      { name: 'codes', dtype: 'int64', shape: ['n', 'rows', 'columns'] },
      { name: 'styles', dtype: 'float32', shape: ['n', 'strips', styleCodeSize] },
    ],
    outputs: [{ name: 'output', ...picture }],
    weights: {
      'split as floats': numbers(0, 0),
      'rest as floats': numbers(-1, 1),
      'beside as floats': numbers(0, 1, -1, 1, styleCodeSize),
      'joined as floats': numbers(0, 0, -1, 3),
      red: numbers(levels, 0, 0),
      colours: { shape: [styleCodeSize, 3], values: Float32Array.of(0, 255, 0, 0, 0, 127) },
      floor: numbers(levels / 2, 0, blue),
      larger: numbers(1, pixelsPerCode, pixelsPerCode, 1),
      level: { shape: [], values: Float32Array.of(1) },
    },
    nodes: [
      ...['split', 'rest', 'beside', 'joined'].map(toInt64),
      { operator: 'Cast', inputs: ['codes'], outputs: ['map'], integers: { to: float } },
      // Columns by strip: [n, rows, strips, columns of a strip, 1].
      { operator: 'Shape', inputs: ['styles'], outputs: ['strips'], integers: { start: 1, end: 2 } },
      {
        operator: 'Concat',
        inputs: ['split', 'strips', 'rest'],
        outputs: ['by strip'],
        integers: { axis: 0 },
      },
      { operator: 'Reshape', inputs: ['map', 'by strip'], outputs: ['places'] },
      { operator: 'Mul', inputs: ['places', 'red'], outputs: ['reds'] },
      { operator: 'Reshape', inputs: ['styles', 'beside'], outputs: ['looks'] },
      { operator: 'MatMul', inputs: ['looks', 'colours'], outputs: ['others'] },
      { operator: 'Add', inputs: ['reds', 'others'], outputs: ['sum'] },
      { operator: 'Add', inputs: ['sum', 'floor'], outputs: ['squares'] },
      { operator: 'Reshape', inputs: ['squares', 'joined'], outputs: ['small'] },
      { operator: 'Resize', inputs: ['small', '', 'larger'], outputs: ['large'] },
      { operator: 'QuantizeLinear', inputs: ['large', 'level'], outputs: ['output'] },
    ],
  });
}

/** A step of a code transformer by its interface: its keys are the tokens, which it does not look at again. */
function prior(): Uint8Array {
  const next = new Float32Array(codebookSize * codebookSize);
  for (let code = 0; code < codebookSize; code++) next[code * codebookSize + ((code + 1) % codebookSize)] = 3;
  const cache = { dtype: 'float32', shape: ['n', 1, 'capacity', 1] } as const;
  const added = { dtype: 'float32', shape: ['n', 1, 'tokens', 1] } as const;
  return tinyModel({
    inputs: [
      { name: 'tokens', dtype: 'int64', shape: ['n', 'tokens'] },
      { name: 'lengths', dtype: 'int64', shape: ['n'] },
      { name: 'keys_0', ...cache },
      { name: 'values_0', ...cache },
    ],
    outputs: [
      { name: 'logits', dtype: 'float32', shape: ['n', 'tokens', codebookSize] },
      { name: 'new_keys_0', ...added },
      { name: 'new_values_0', ...added },
    ],
    weights: { next: { shape: [codebookSize, codebookSize], values: next }, 'wide as floats': numbers(1, 3) },
    nodes: [
      toInt64('wide'),
      { operator: 'Gather', inputs: ['next', 'tokens'], outputs: ['logits'] },
      { operator: 'Cast', inputs: ['tokens'], outputs: ['seen'], integers: { to: float } },
      { operator: 'Unsqueeze', inputs: ['seen', 'wide'], outputs: ['new_keys_0'] },
      { operator: 'Identity', inputs: ['new_keys_0'], outputs: ['new_values_0'] },
    ],
  });
}
