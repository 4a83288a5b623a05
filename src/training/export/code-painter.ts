import { float32, type Tensor, tensor } from '../../core/tensor.ts';
import type { Pixels } from '../../image/index.ts';
import { Session, type SessionOptions } from '../../runtime/index.ts';
import type { PackagedNetwork } from './packaged-network.ts';
import { networkKeys, type Side } from './vector-quantized-networks.ts';

/** The networks of a vector-quantized package, open in this process: to take styles, to draw previews, to be tried. */
export class CodePainter {
  private readonly networks: Readonly<Record<string, PackagedNetwork>>;
  private readonly options: SessionOptions;
  private readonly sessions = new Map<string, Promise<Session>>();

  private constructor(networks: CodePainter['networks'], options: SessionOptions) {
    this.networks = networks;
    this.options = options;
  }

  /** Each network is opened when it is needed first; all are closed when the work is done. */
  static async during<T>(
    networks: CodePainter['networks'],
    options: SessionOptions,
    work: (painter: CodePainter) => Promise<T>,
  ): Promise<T> {
    const painter = new CodePainter(networks, options);
    try {
      return await work(painter);
    } finally {
      const opened = await Promise.allSettled(painter.sessions.values());
      await Promise.all(opened.map((each) => each.status === 'fulfilled' && each.value.dispose()));
    }
  }

  /** @returns int64 [1, h, w] */
  codes(picture: Pixels): Promise<Tensor> {
    return this.run(networkKeys.contentEncoder, { picture: tensorOf(picture) });
  }

  /** The style code of a picture of that side's domain. */
  async style(side: Side, picture: Pixels): Promise<Float32Array> {
    const { data } = await this.run(networkKeys.styleEncoder(side), { picture: tensorOf(picture) });
    return data as Float32Array;
  }

  /** Codes in one style: bytes [1, H, W, 3] or, where the networks give floats, [1, C, H, W]. */
  painted(side: Side, codes: Tensor, style: ArrayLike<number>): Promise<Tensor> {
    const styles = float32([1, 1, style.length], style);
    return this.run(networkKeys.decoder(side), { codes, styles });
  }

  /** The same as a picture, where the networks give bytes. */
  async picture(side: Side, codes: Tensor, style: ArrayLike<number>): Promise<Pixels> {
    const { dims, data } = await this.painted(side, codes, style);
    const [, height, width] = dims as readonly number[] as [number, number, number, number];
    return { width, height, data: data as Uint8Array };
  }

  private async run(role: string, feeds: Readonly<Record<string, Tensor>>): Promise<Tensor> {
    const opening = this.sessions.get(role) ?? this.open(role);
    this.sessions.set(role, opening);
    const session = await opening;
    return (await session.run(feeds))[session.outputNames[0] as string] as Tensor;
  }

  private open(role: string): Promise<Session> {
    return Session.create((this.networks[role] as PackagedNetwork).bytes, { ...this.options, quiet: true });
  }
}

function tensorOf({ width, height, data }: Pixels): Tensor {
  return tensor('uint8', [1, height, width, 3], data);
}
