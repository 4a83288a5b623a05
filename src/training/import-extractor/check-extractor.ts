import { channelScaling } from '../../core/extractor.ts';
import { float32, type Tensor } from '../../core/tensor.ts';
import { Session } from '../../runtime/index.ts';
import {
  type ExtractorContent,
  type ExtractorDescription,
  ExtractorImportError,
} from './extractor-content.ts';

/**
 * Runs an extractor once, on pictures of waves, before it is written.
 * @throws ExtractorImportError when what comes is not finite, of another shape, or the same for different pictures;
 * ModelLoadError, RunError when it does not run
 */
export async function checkExtractor({ model, description }: ExtractorContent): Promise<void> {
  const session = await Session.create(model, { provider: 'cpu' });
  try {
    await (description.kind === 'features' ? checkFeatures : checkDistances)(session, description as never);
  } finally {
    await session.dispose();
  }
}

type Features = Extract<ExtractorDescription, { kind: 'features' }>;
type Distances = Extract<ExtractorDescription, { kind: 'lpips' }>;

async function checkFeatures(session: Session, { picture, onnx, dimension }: Features): Promise<void> {
  const count = picture.batch ?? 2;
  const pictures = waves(picture, count, picture.size);
  const features = await resultOf(session, { [onnx.input]: pictures }, onnx.output);
  const dims = features.dims.slice(0, 2).join() === [count, dimension].join() ? features.dims.slice(2) : [0];
  if (dims.some((size) => size !== 1)) {
    throw new ExtractorImportError(
      `${count} pictures gave features [${features.dims.join(', ')}], expected [${count}, ${dimension}]`,
    );
  }
  const values = features.data as Float32Array;
  const first = values.subarray(0, dimension);
  if (
    count > 1 &&
    values.subarray(dimension, 2 * dimension).every((value, index) => value === first[index])
  ) {
    throw new ExtractorImportError('two different pictures gave the same features');
  }
}

async function checkDistances(session: Session, { picture, onnx }: Distances): Promise<void> {
  const size = { width: 2 * picture.minimumSize, height: 2 * picture.minimumSize };
  const [x, y] = [waves(picture, 2, size), waves(picture, 2, size, 1)];
  const distances = async (other: Tensor) => [
    ...((await resultOf(session, { [onnx.inputs[0]]: x, [onnx.inputs[1]]: other }, onnx.output))
      .data as Float32Array),
  ];
  const [same, different] = [await distances(x), await distances(y)];
  const right = same.every((value) => value === 0) && different.every((value) => value > 0);
  if (right && same.length === 2) return;
  throw new ExtractorImportError(
    `two pictures must be at distance 0 from themselves and above 0 from others, got ${same.join(', ')} and ${different.join(', ')}`,
  );
}

async function resultOf(session: Session, feeds: Record<string, Tensor>, output: string): Promise<Tensor> {
  const result = (await session.run(feeds, [output]))[output] as Tensor;
  if (result.dtype === 'float32' && (result.data as Float32Array).every(Number.isFinite)) return result;
  throw new ExtractorImportError(`the output ${output} is not finite for an ordinary picture`);
}

/** Pictures [count, 3, height, width], each of another frequency, scaled as the network is fed. */
function waves(
  picture: Features['picture'] | Distances['picture'],
  count: number,
  { width, height }: { readonly width: number; readonly height: number },
  phase = 0,
): Tensor<'float32'> {
  const { scale, shift } = channelScaling(picture);
  const plane = width * height;
  const values = new Float32Array(count * 3 * plane);
  for (let index = 0; index < values.length; index++) {
    const channel = Math.floor(index / plane) % 3;
    const frequency = 0.01 * (1 + Math.floor(index / (3 * plane)));
    const value = 127.5 + 127.5 * Math.sin(frequency * (index % plane) + channel + phase);
    values[index] = value * (scale[channel] as number) + (shift[channel] as number);
  }
  return float32([count, 3, height, width], values);
}
