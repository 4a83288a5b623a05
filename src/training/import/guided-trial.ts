import { Random } from '../../core/random.ts';
import { float32, type Tensor, tensor } from '../../core/tensor.ts';
import type { Pixels } from '../../image/index.ts';
import type { Session, SessionOptions } from '../../runtime/index.ts';
import type { ExemplarGuidedNetworks } from '../export/exemplar-guided-networks.ts';
import { openToTry, requireFinite, runToTry, TrialError } from './trial-session.ts';

/** The three networks of an exemplar-guided translator, open in this process to be tried. */
export class GuidedTrial {
  private readonly sessions: Readonly<Record<keyof ExemplarGuidedNetworks, Session>>;

  private constructor(sessions: GuidedTrial['sessions']) {
    this.sessions = sessions;
  }

  /**
   * Opens the networks for as long as the work lasts.
   * @throws TrialError with ONNX Runtime's reason, and what the work throws
   */
  static async during<T>(
    networks: ExemplarGuidedNetworks,
    options: SessionOptions,
    work: (trial: GuidedTrial) => Promise<T>,
  ): Promise<T> {
    const opened: Session[] = [];
    const open = async (role: keyof ExemplarGuidedNetworks) => {
      const session = await openToTry(networks[role], options);
      opened.push(session);
      return session;
    };
    try {
      return await work(
        new GuidedTrial({
          'content-encoder': await open('content-encoder'),
          'attribute-encoder': await open('attribute-encoder'),
          generator: await open('generator'),
        }),
      );
    } finally {
      await Promise.all(opened.map((session) => session.dispose()));
    }
  }

  /** The code [1, attributeCodeSize] of a style picture. @throws TrialError when it fails or is not finite */
  async encode(style: Pixels): Promise<Tensor> {
    return this.run('attribute-encoder', { picture: tensorOf(style) }, 'attribute', style);
  }

  /**
   * What is made of a picture and a code: bytes [1, H, W, 3] or, if the networks give floats, [1, C, H, W].
   * @throws TrialError when a network fails or what it gives is not finite
   */
  async translate(picture: Pixels, code: Tensor): Promise<Tensor> {
    const content = await this.run('content-encoder', { picture: tensorOf(picture) }, 'content', picture);
    return this.run('generator', { content, attribute: code }, 'translation', picture);
  }

  /** The same as a picture, where the networks give bytes. @throws TrialError also when it is of another size */
  async picture(picture: Pixels, code: Tensor): Promise<Pixels> {
    const { dims, data } = await this.translate(picture, code);
    const { width, height } = picture;
    if (dims.join() === [1, height, width, 3].join()) return { width, height, data: data as Uint8Array };
    throw new TrialError(
      `the networks make [${dims.join(', ')}] of a picture [1, ${height}, ${width}, 3]; the same size was expected`,
    );
  }

  private async run(
    role: keyof ExemplarGuidedNetworks,
    feeds: Readonly<Record<string, Tensor>>,
    output: string,
    { width, height }: Pixels,
  ): Promise<Tensor> {
    const outputs = await runToTry(this.sessions[role], feeds, `a picture of ${width}x${height}`);
    const found = outputs[output] as Tensor;
    requireFinite(found, output);
    return found;
  }
}

/** A code [1, size] drawn from the standard normal distribution, the same every time. */
export function drawnCode(size: number, index: number): Tensor<'float32'> {
  return float32(
    [1, size],
    Random.of(0, 'code', index).fill(size, (draw) => draw.normal()),
  );
}

function tensorOf({ width, height, data }: Pixels): Tensor {
  return tensor('uint8', [1, height, width, 3], data);
}
