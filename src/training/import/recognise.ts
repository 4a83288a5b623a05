import { type StateDict, siblingOf } from '../pytorch/index.ts';
import type { GeneratorSettings } from './generator-schema.ts';

/** Keys that only a generator has, behind the prefix of its module: of a residual block, and of a U-Net's second level. */
const resnetMark = /^(.*?)model\.\d+\.conv_block\.\d+\./;
const unetMark = /^(.*?)model\.model\.1\.model\.\d+\./;
export const generatorMarks: readonly RegExp[] = [resnetMark, unetMark];

/** Place of the first residual block: after the stem and two down-samplings of three layers, or with blur of four. */
const firstBlock = { plain: 10, blurred: 12 };
/** Layers from the last residual block to the last convolution: two up-samplings, the padding and itself. */
const lastConvolution = { plain: 8, blurred: 10 };

/**
 * Which generator of the published code has such tensors. What a missing or broken tensor would have told is taken from
 * the published defaults; whether the result is right shows when all keys and shapes are compared.
 */
export function recognise(weights: StateDict): GeneratorSettings {
  return [...weights.keys()].some((key) => unetMark.test(key)) ? unetOf(weights) : resnetOf(weights);
}

function resnetOf(weights: StateDict): GeneratorSettings {
  const places = placesOf(weights, /^model\.(\d+)\.conv_block\./);
  const [first, last] = [places[0] ?? firstBlock.blurred, places.at(-1) ?? 0];
  const head = placesOf(weights, /^model\.(\d+)\.weight$/).findLast((place) => place > last);
  const hasBlur = (side: (place: number) => boolean) => placesOf(weights, /^model\.(\d+)\.filt$/).some(side);
  const inBlock = (place: number) => weights.get(`model.${first}.conv_block.${place}.weight`)?.dims;
  return {
    kind: 'resnet',
    inputChannels: size(weights, 'model.1.weight', 1) ?? 3,
    outputChannels: (head === undefined ? undefined : size(weights, `model.${head}.weight`, 0)) ?? 3,
    filters: size(weights, 'model.1.weight', 0) ?? Math.max(1, Math.round((inBlock(1)?.[0] ?? 256) / 4)),
    normalization: normalizationOf(weights),
    blocks: places.length,
    antialiasDown: first >= firstBlock.blurred || hasBlur((place) => place < first),
    antialiasUp: (head ?? 0) - last >= lastConvolution.blurred || hasBlur((place) => place > last),
    // The second convolution of a block stands fifth, or behind a dropout layer sixth.
    dropout: inBlock(6)?.length === 4,
  };
}

function unetOf(weights: StateDict): GeneratorSettings {
  const keys = [...weights.keys()];
  let downs = 1;
  for (let level = 'model.model.1.model.'; keys.some((key) => key.startsWith(level)); level += '3.model.')
    downs++;
  return {
    kind: 'unet',
    inputChannels: size(weights, 'model.model.0.weight', 1) ?? 3,
    outputChannels: size(weights, 'model.model.3.weight', 1) ?? 3,
    filters:
      size(weights, 'model.model.0.weight', 0) ?? size(weights, 'model.model.1.model.1.weight', 1) ?? 64,
    normalization: normalizationOf(weights),
    downs,
  };
}

/**
 * Batch norm has statistics and a weight. Instance norm has neither, but the published code gives the convolutions
 * before it a bias, which those before a batch norm or no norm at all do not get.
 */
function normalizationOf(weights: StateDict): GeneratorSettings['normalization'] {
  const keys = [...weights.keys()];
  if (keys.some((key) => key.endsWith('.running_mean') && weights.has(siblingOf(key, 'weight'))))
    return 'batch';
  const inner = keys.filter((key) => generatorMarks.some((mark) => mark.test(key)) && key.endsWith('.bias'));
  return inner.length > 0 ? 'instance' : 'none';
}

/** Places in the module list of the keys that match, ascending, each once. */
function placesOf(weights: StateDict, pattern: RegExp): number[] {
  const places = [...weights.keys()].flatMap((key) => pattern.exec(key)?.[1] ?? []);
  return [...new Set(places.map(Number))].sort((a, b) => a - b);
}

/** Size of an axis of a convolution's weight; undefined when there is no such tensor of four axes. */
function size(weights: StateDict, key: string, axis: number): number | undefined {
  const dims = weights.get(key)?.dims;
  return dims?.length === 4 ? dims[axis] : undefined;
}
