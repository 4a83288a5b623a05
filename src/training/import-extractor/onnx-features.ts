import type { FeatureExtractor } from '../../core/extractor.ts';
import { inspectModel, type ModelDescription } from '../../onnx/inspect.ts';
import { type ExtractorContent, ExtractorImportError } from './extractor-content.ts';

type Triple = readonly [number, number, number];
type Sizes = readonly (number | string)[];

/** What an ONNX file does not say of itself. */
export interface FeatureOptions {
  /** What 0 and 255 become before mean and deviation. */
  readonly range: readonly [low: number, high: number];
  readonly mean: Triple;
  readonly deviation: Triple;
  /** Width and height; needed when the file leaves them open. */
  readonly size?: number | undefined;
  /** Needed when the file has several outputs. */
  readonly output?: string | undefined;
  readonly resize: FeatureExtractor['picture']['resize'];
}

/**
 * Any image encoder: one picture [N, 3, H, W] in, a vector [N, D] or [N, D, 1, 1] out.
 * @throws ExtractorImportError saying what the file has instead; ModelFormatError when it is no ONNX model
 */
export function onnxFeatures(model: Uint8Array, network: string, options: FeatureOptions): ExtractorContent {
  const described = inspectModel(model);
  const input = onlyPicture(described);
  const output = outputOf(described, options.output);
  const [batch, , height, width] = input.shape;
  return {
    model,
    description: {
      kind: 'features',
      network,
      picture: {
        range: [...options.range],
        mean: [...options.mean],
        deviation: [...options.deviation],
        size: {
          width: sideOf('width', width, options.size),
          height: sideOf('height', height, options.size),
        },
        resize: options.resize,
        ...(typeof batch === 'number' ? { batch } : {}),
      },
      onnx: { input: input.name, output: output.name },
      dimension: output.dimension,
    },
  };
}

function onlyPicture({ inputs }: ModelDescription): { readonly name: string; readonly shape: Sizes } {
  const [input] = inputs;
  if (inputs.length === 1 && input?.dtype === 'float32' && isPicture(input.shape)) {
    return { name: input.name, shape: input.shape };
  }
  throw new ExtractorImportError(
    `an image encoder takes one float32 picture [N, 3, H, W]; this file takes ${listed(inputs)}`,
  );
}

function isPicture(shape: Sizes | undefined): shape is Sizes {
  return shape?.length === 4 && (shape[1] === 3 || typeof shape[1] === 'string');
}

function outputOf({ outputs }: ModelDescription, asked: string | undefined) {
  const chosen =
    asked === undefined && outputs.length === 1 ? outputs[0] : outputs.find(({ name }) => name === asked);
  if (chosen === undefined) {
    const wanted = asked === undefined ? 'several outputs, choose one with --output' : `no output "${asked}"`;
    throw new ExtractorImportError(`the file has ${wanted}; it has ${listed(outputs)}`);
  }
  const { name, dtype, shape } = chosen;
  const dimension = shape?.[1];
  const flat = shape?.length === 2 || (shape?.length === 4 && shape.slice(2).every((side) => side === 1));
  if (dtype === 'float32' && flat && typeof dimension === 'number') return { name, dimension };
  throw new ExtractorImportError(
    `features are float32 [N, D] or [N, D, 1, 1] with D known; ${listed([chosen])} is neither`,
  );
}

function sideOf(side: string, inFile: number | string | undefined, asked: number | undefined): number {
  if (typeof inFile === 'number' && (asked ?? inFile) === inFile) return inFile;
  if (typeof inFile !== 'number' && asked !== undefined) return asked;
  throw new ExtractorImportError(
    asked === undefined
      ? `the file leaves the ${side} of pictures open: give it with --size`
      : `the file takes pictures of ${side} ${inFile}, --size says ${asked}`,
  );
}

function listed(values: ModelDescription['inputs']): string {
  const texts = values.map(({ name, dtype, shape }) => `${name}: ${dtype}[${shape?.join(', ') ?? '?'}]`);
  return texts.join(', ') || 'none';
}
