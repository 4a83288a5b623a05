import { InvalidArgumentError, UnpairedError } from '../../core/errors.ts';
import type { Manifest, TensorInterface } from '../../core/manifest.ts';
import { inspectModel, type ModelDescription, type ModelValue } from '../../onnx/inspect.ts';
import type { SessionOptions } from '../../runtime/index.ts';
import { squarePolicy } from '../export/image-policy.ts';
import type { PackagedNetwork } from '../export/packaged-network.ts';
import { Trial, trialPicture } from './trial.ts';
import { TrialError } from './trial-session.ts';

/** An ONNX file that is no generator that can be served. */
export class OnnxGeneratorError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'ONNX_GENERATOR', status: 422 });
  }
}

export interface OnnxGenerator {
  readonly network: PackagedNetwork;
  readonly image: Manifest['image'];
}

/** What height and width may have to be multiples of, in the order of trying. */
const multiples = [4, 8, 16, 32, 64];
const pictureAxes = { NCHW: ['N', 'C', 'H', 'W'], NHWC: ['N', 'H', 'W', 'C'] } as const;

/**
 * A generator from any exporter, served as it is: one input and one output, pictures as float32 NCHW in [-1, 1], or as
 * uint8 NHWC, which is what our own files have. Fixed sizes are kept; where the file says that sizes may vary, it is
 * tried which do.
 * @param side of the pictures where the file does not fix it; default 256
 * @throws ModelFormatError, OnnxGeneratorError, TrialError, InvalidArgumentError
 */
export async function onnxGenerator(
  bytes: Uint8Array,
  side: number | undefined,
  session: SessionOptions,
): Promise<OnnxGenerator> {
  const model = inspectModel(bytes);
  requireOwnWeights(model);
  const input = only(model.inputs, 'input');
  const output = only(model.outputs, 'output');
  const face = faceOf(input);
  const network: PackagedNetwork = { bytes, inputs: [face], outputs: [outputFace(output, face)] };
  return { network, image: await imageOf(network, face, side, session) };
}

function requireOwnWeights({ externalTensors: [first, ...others] }: ModelDescription): void {
  if (first === undefined) return;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  throw new OnnxGeneratorError(
    `the weights of the ONNX file are in other files ("${first}"${more}): save it with its weights inside, below 2 GiB`,
  );
}

function only(values: readonly ModelValue[], what: string): ModelValue {
  const [first, ...others] = values;
  if (first !== undefined && others.length === 0) return first;
  throw new OnnxGeneratorError(
    `the ONNX file has ${values.length} ${what}s (${values.map(text).join('; ') || 'none'}); a generator has one`,
  );
}

/** @throws OnnxGeneratorError when these cannot be pictures */
function faceOf(value: ModelValue): TensorInterface {
  const { name, dtype, shape } = value;
  const layout = dtype === 'uint8' ? 'NHWC' : 'NCHW';
  const axes = pictureAxes[layout];
  const [items, channels] = [shape?.[0], shape?.[axes.indexOf('C')]];
  const isPicture = shape?.length === 4 && (channels === 3 || typeof channels === 'string');
  if (
    (dtype !== 'float32' && dtype !== 'uint8') ||
    !isPicture ||
    (typeof items === 'number' && items !== 1)
  ) {
    throw new OnnxGeneratorError(
      `${text(value)}; expected pictures: float32 [N, 3, H, W] in [-1, 1] (or uint8 [N, H, W, 3]), N 1 or not fixed`,
    );
  }
  const named = shape.map((dim, axis) => (dim === '?' ? (axes[axis] as string) : dim));
  return { name, dtype, layout, shape: named };
}

/** Files need not say anything about the shape of an output. */
function outputFace(output: ModelValue, input: TensorInterface): TensorInterface {
  const free = pictureAxes[input.layout ?? 'NCHW'].map((axis) => (axis === 'C' ? 3 : axis));
  const face = faceOf(output.shape === undefined ? { ...output, shape: free } : output);
  if (face.dtype === input.dtype) return face;
  throw new OnnxGeneratorError(
    `"${input.name}" is ${input.dtype} and "${face.name}" ${face.dtype}; expected one type`,
  );
}

async function imageOf(
  network: PackagedNetwork,
  face: TensorInterface,
  side: number | undefined,
  session: SessionOptions,
): Promise<Manifest['image']> {
  const axes = pictureAxes[face.layout ?? 'NCHW'];
  const sizes = [face, ...network.outputs].map(({ shape }) => [
    shape[axes.indexOf('H')],
    shape[axes.indexOf('W')],
  ]);
  const fixed = (axis: number) => sizes.map((size) => size[axis]).find((dim) => typeof dim === 'number');
  const [height, width] = [fixed(0), fixed(1)].map((dim) => (typeof dim === 'number' ? dim : undefined));
  if (side !== undefined && [height, width].some((dim) => dim !== undefined && dim !== side)) {
    throw new InvalidArgumentError(
      `--size ${side} is not the size that the ONNX file fixes: ${width ?? 'any'}x${height ?? 'any'}`,
    );
  }
  const own = { width: width ?? side ?? 256, height: height ?? side ?? 256 };
  const trial = await Trial.open(network, session);
  try {
    await trial.translate(trialPicture(own));
    const multipleOf =
      height === undefined && width === undefined ? await multipleTaken(trial, own.width) : undefined;
    if (multipleOf !== undefined) return squarePolicy(own.width, multipleOf);
    return { ...own, flexible: false, multipleOf: 1, maximumPixels: 1024 * 1024 };
  } finally {
    await trial.close();
  }
}

/** The first multiple of which also a picture that is no square is taken; undefined: the network takes its own size only. */
async function multipleTaken(trial: Trial, side: number): Promise<number | undefined> {
  for (const multiple of multiples.filter((each) => side >= 4 * each && side % each === 0)) {
    try {
      await trial.translate(trialPicture({ width: side + multiple, height: side }));
      return multiple;
    } catch (thrown) {
      if (!(thrown instanceof TrialError)) throw thrown;
    }
  }
  return undefined;
}

function text({ name, dtype, shape }: ModelValue): string {
  return `"${name}" is ${dtype} ${shape === undefined ? 'of unknown shape' : `[${shape.join(', ')}]`}`;
}
