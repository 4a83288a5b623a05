import type { Tensor } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import type { Session, SessionOptions } from '../../runtime/index.ts';
import type { Domain } from '../methods/domains.ts';
import { firstStageSession, type TrainedFirstStage } from './first-stage-session.ts';

/** What is read out of pictures by the first stage: their codes, and where a domain is named, their styles. */
export class CodeEncoder {
  private readonly session: Session;

  private constructor(session: Session) {
    this.session = session;
  }

  /**
   * @param size side of the pictures in pixels
   * @param styleOf domain of the pictures whose styles are wanted
   */
  static async open(
    first: TrainedFirstStage,
    size: number,
    session: SessionOptions,
    styleOf?: Domain,
  ): Promise<CodeEncoder> {
    const inputs = { pictures: { dtype: 'float32', shape: [1, 3, size, size] } } as const;
    const opened = await firstStageSession(
      first,
      inputs,
      (autoencoder, scope, given) => {
        const pictures = given as Value;
        const { indices } = autoencoder.quantize(scope, autoencoder.features(scope, pictures));
        return {
          codes: indices,
          ...(styleOf && { style: autoencoder.style(scope, styleOf, pictures) }),
        };
      },
      session,
    );
    return new CodeEncoder(opened);
  }

  /** @param picture [1, 3, size, size] in [-1, 1] @returns int64 [1, h, w] */
  async encode(picture: Tensor<'float32'>): Promise<Tensor<'int64'>> {
    const { codes } = await this.session.run({ pictures: picture });
    return codes as Tensor<'int64'>;
  }

  /** The same with the style code [1, styleCodeSize], of an encoder that was opened for one. */
  async encodeWithStyle(
    picture: Tensor<'float32'>,
  ): Promise<{ readonly codes: Tensor<'int64'>; readonly style: Tensor<'float32'> }> {
    const { codes, style } = await this.session.run({ pictures: picture });
    return { codes: codes as Tensor<'int64'>, style: style as Tensor<'float32'> };
  }

  close(): Promise<void> {
    return this.session.dispose();
  }
}
