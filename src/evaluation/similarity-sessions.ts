import { float32, type Tensor } from '../core/tensor.ts';
import type { Size } from '../image/index.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { serialize } from '../onnx/serialize.ts';
import { Session, type SessionOptions } from '../runtime/index.ts';
import { leastSide, msSsim, ssim } from './structural-similarity.ts';

/** Undefined: the pictures are too small for it. */
export interface Similarity {
  readonly ssim: number | undefined;
  readonly msSsim: number | undefined;
}

/** The graphs of SSIM and MS-SSIM are of one size; sets mostly have few, and only the last ones stay open. */
const openAtOnce = 4;

/** SSIM and MS-SSIM of pairs of pictures of any sizes. */
export class SimilaritySessions {
  private readonly options: SessionOptions;
  private readonly sessions = new Map<string, Session>();

  constructor(options: SessionOptions) {
    this.options = options;
  }

  /** @param x float32 [3, height, width] in [0, 1], as `y` */
  async measure(x: Float32Array, y: Float32Array, size: Size): Promise<Similarity> {
    const side = Math.min(size.width, size.height);
    if (side < leastSide.ssim) return { ssim: undefined, msSsim: undefined };
    const session = await this.sessionFor(size);
    const shape = [1, 3, size.height, size.width];
    const results = await session.run({ x: float32(shape, x), y: float32(shape, y) });
    return { ssim: firstValue(results.ssim), msSsim: firstValue(results.msSsim) };
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.sessions.values()].map((session) => session.dispose()));
    this.sessions.clear();
  }

  private async sessionFor(size: Size): Promise<Session> {
    const key = `${size.width}x${size.height}`;
    const known = this.sessions.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.sessions.keys();
    if (this.sessions.size >= openAtOnce && oldest !== undefined) {
      await this.sessions.get(oldest)?.dispose();
      this.sessions.delete(oldest);
    }
    const session = await Session.create(similarityModel(size), this.options);
    this.sessions.set(key, session);
    return session;
  }
}

function similarityModel({ width, height }: Size): Uint8Array {
  const g = new GraphBuilder('similarity');
  const [x, y] = [
    g.input('x', 'float32', [1, 3, height, width]),
    g.input('y', 'float32', [1, 3, height, width]),
  ];
  const multiscale = Math.min(width, height) >= leastSide.msSsim ? { msSsim: msSsim(g, x, y) } : {};
  return serialize(g.build({ ssim: ssim(g, x, y), ...multiscale }));
}

function firstValue(result: Tensor | undefined): number | undefined {
  return (result?.data as Float32Array | undefined)?.[0];
}
