import type { Tensor } from '../../core/tensor.ts';
import { networkGraph } from '../../nn/network-graph.ts';
import type { Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session, type SessionOptions } from '../../runtime/index.ts';
import type { FirstStage } from '../config/prior.ts';
import { autoencoderOf } from '../methods/vq-i2i/networks.ts';
import type { StateDict } from '../pytorch/index.ts';

/** Turns pictures into codes, by the first stage as it was trained. */
export class CodeEncoder {
  private readonly session: Session;

  private constructor(session: Session) {
    this.session = session;
  }

  /** @param size side of the pictures in pixels */
  static async open(
    { options, cropSize }: FirstStage,
    weights: StateDict,
    size: number,
    session: SessionOptions,
  ): Promise<CodeEncoder> {
    const autoencoder = autoencoderOf(options, [1, 3, cropSize, cropSize]);
    const inputs = { pictures: { dtype: 'float32', shape: [1, 3, size, size] } } as const;
    const graph = networkGraph('codes', weights, inputs, (scope, pictures) => {
      const features = autoencoder.features(scope, pictures as Value);
      return scope.graph.named('codes', autoencoder.quantize(scope, features).indices);
    });
    return new CodeEncoder(await Session.create(serialize(optimize(graph)), session));
  }

  /** @param picture [1, 3, size, size] in [-1, 1] @returns int64 [1, h, w] */
  async encode(picture: Tensor<'float32'>): Promise<Tensor<'int64'>> {
    const { codes } = await this.session.run({ pictures: picture });
    return codes as Tensor<'int64'>;
  }

  close(): Promise<void> {
    return this.session.dispose();
  }
}
