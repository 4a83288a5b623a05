import type { CodeSize } from '../../core/code-map/code-map.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Pixels } from '../../image/index.ts';
import type { Value } from '../../onnx/ir.ts';
import type { Session, SessionOptions } from '../../runtime/index.ts';
import { pixelsOf } from '../live-translator.ts';
import type { ByDomain, Domain } from '../methods/domains.ts';
import { firstStageSession, type TrainedFirstStage } from './first-stage-session.ts';

/** Paints maps of codes in styles of either domain, by the first stage. */
export class CodeDecoder {
  private readonly sessions: ByDomain<Session>;

  private constructor(sessions: ByDomain<Session>) {
    this.sessions = sessions;
  }

  static async open(
    first: TrainedFirstStage,
    { height, width }: CodeSize,
    session: SessionOptions,
  ): Promise<CodeDecoder> {
    const { codeSize } = first.stage.options.style;
    const inputs = {
      codes: { dtype: 'int64', shape: [1, height, width] },
      style: { dtype: 'float32', shape: [1, codeSize] },
    } as const;
    const open = (domain: Domain) =>
      firstStageSession(
        first,
        inputs,
        (autoencoder, scope, codes, style) => {
          const entries = autoencoder.entries(scope, codes as Value);
          return { picture: autoencoder.decode(scope, domain, entries, style as Value) };
        },
        session,
      );
    return new CodeDecoder({ A: await open('A'), B: await open('B') });
  }

  /** @param painted codes int64 [1, h, w], and a style code [1, styleCodeSize] of the domain */
  async decode(
    domain: Domain,
    painted: { readonly codes: Tensor<'int64'>; readonly style: Tensor<'float32'> },
  ): Promise<Pixels> {
    const { picture } = await this.sessions[domain].run(painted);
    return pixelsOf(picture as Tensor<'float32'>);
  }

  async close(): Promise<void> {
    await Promise.all([this.sessions.A.dispose(), this.sessions.B.dispose()]);
  }
}
