import type { TensorInterface } from '../../core/manifest.ts';
import { float32, type Tensor, tensor } from '../../core/tensor.ts';
import { fromPlanes, type Pixels, type Size, toPlanes } from '../../image/index.ts';
import type { Session, SessionOptions } from '../../runtime/index.ts';
import type { PackagedNetwork } from '../export/packaged-network.ts';
import { openToTry, requireFinite, runToTry, TrialError } from './trial-session.ts';

/** A network of one picture in and one out, open in this process to be tried. */
export class Trial {
  private readonly session: Session;
  private readonly input: TensorInterface;
  private readonly output: TensorInterface;

  private constructor(session: Session, { inputs, outputs }: PackagedNetwork) {
    this.session = session;
    this.input = inputs[0] as TensorInterface;
    this.output = outputs[0] as TensorInterface;
  }

  /** @throws TrialError with ONNX Runtime's reason */
  static async open(network: PackagedNetwork, options: SessionOptions): Promise<Trial> {
    return new Trial(await openToTry(network, options), network);
  }

  /**
   * Translates a picture.
   * @throws TrialError when the network fails, or what it gives is not a finite picture of the same size
   */
  async translate(picture: Pixels): Promise<Pixels> {
    const output = await this.run(picture);
    requireFinite(output, this.output.name);
    const expected = shapeOf(this.output, picture);
    if (output.dtype !== this.output.dtype || output.dims.join() !== expected.join()) {
      throw new TrialError(
        `the network makes ${output.dtype} [${output.dims.join(', ')}] of ${this.input.dtype} ` +
          `[${shapeOf(this.input, picture).join(', ')}]; a picture of the same size was expected: [${expected.join(', ')}]`,
      );
    }
    return pictureOf(output, picture);
  }

  /** Runs the network without looking at the size of what it gives. @throws TrialError as above */
  async requireFinite(picture: Pixels): Promise<void> {
    requireFinite(await this.run(picture), this.output.name);
  }

  private async run(picture: Pixels): Promise<Tensor> {
    const feeds = { [this.input.name]: tensorOf(picture, this.input) };
    const what = `a picture of ${picture.width}x${picture.height}`;
    const outputs = await runToTry(this.session, feeds, what);
    return outputs[this.output.name] as Tensor;
  }

  close(): Promise<void> {
    return this.session.dispose();
  }
}

/** A picture in which every place differs from its neighbours, the same every time. */
export function trialPicture({ width, height }: Size): Pixels {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, index) => {
    const [channel, pixel] = [index % 3, Math.floor(index / 3)];
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return 127 + 120 * Math.sin((x * (channel + 1) + 2 * y) / 9);
  });
  return { width, height, data };
}

function shapeOf({ layout }: TensorInterface, { width, height }: Size): number[] {
  return layout === 'NHWC' ? [1, height, width, 3] : [1, 3, height, width];
}

function tensorOf(picture: Pixels, face: TensorInterface): Tensor {
  const shape = shapeOf(face, picture);
  if (face.dtype === 'uint8') return tensor('uint8', shape, picture.data);
  return float32(shape, toPlanes(picture));
}

function pictureOf({ data, dtype }: Tensor, size: Size): Pixels {
  if (dtype === 'uint8') return { width: size.width, height: size.height, data: data as Uint8Array };
  return fromPlanes(data as Float32Array, size);
}
