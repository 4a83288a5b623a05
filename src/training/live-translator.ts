import type { Tensor } from '../core/tensor.ts';
import { fromPlanes, type Pixels } from '../image/index.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { optimize } from '../onnx/passes/index.ts';
import { serialize } from '../onnx/serialize.ts';
import { Session, type SessionOptions } from '../runtime/index.ts';
import { liveScope, liveWeights } from './live-weights.ts';
import type { FeedForwardTranslator, Method } from './methods/method.ts';
import type { TrainingState } from './step/state.ts';

export interface LiveOptions {
  /** Side of the pictures in pixels. */
  readonly size: number;
  /** Translate with the moving averages of the weights. */
  readonly averaged: boolean;
  readonly session: SessionOptions;
}

/** A translator whose weights are inputs: it shows how far training has come, at the weights of any moment. */
export class LiveTranslator {
  private readonly weightsOf: (state: TrainingState) => Record<string, Tensor>;
  private readonly session: Session;

  private constructor(weightsOf: LiveTranslator['weightsOf'], session: Session) {
    this.weightsOf = weightsOf;
    this.session = session;
  }

  static async open(
    method: Method,
    translator: FeedForwardTranslator,
    { size, averaged, session }: LiveOptions,
  ): Promise<LiveTranslator> {
    const { network } = translator;
    const g = new GraphBuilder(`${network}, weights as inputs`);
    const pictures = g.input('pictures', 'float32', [1, 3, size, size]);
    const translated = translator.forward(liveScope(g, method, network), pictures);
    const live = await Session.create(serialize(optimize(g.build([translated]))), session);
    const chosen = { networks: [network], averaged, inputNames: live.inputNames };
    return new LiveTranslator((state) => liveWeights(method, state, chosen), live);
  }

  /** @param pictures [1, 3, size, size] in [-1, 1] each */
  async translate(state: TrainingState, pictures: readonly Tensor<'float32'>[]): Promise<Pixels[]> {
    const { outputNames } = this.session;
    const weights = this.weightsOf(state);
    const translations: Pixels[] = [];
    for (const picture of pictures) {
      const outputs = await this.session.run({ ...weights, pictures: picture });
      translations.push(pixelsOf(outputs[outputNames[0] as string] as Tensor<'float32'>));
    }
    return translations;
  }

  /** Each picture beside its translation. */
  async pairs(state: TrainingState, pictures: readonly Tensor<'float32'>[]): Promise<[Pixels, Pixels][]> {
    const translations = await this.translate(state, pictures);
    return translations.map((translation, index) => [
      pixelsOf(pictures[index] as Tensor<'float32'>),
      translation,
    ]);
  }

  close(): Promise<void> {
    return this.session.dispose();
  }
}

/** @param planes [1, 3, H, W] in [-1, 1] */
export function pixelsOf({ dims, data }: Tensor<'float32'>): Pixels {
  const [, , height, width] = dims as readonly number[] as [number, number, number, number];
  return fromPlanes(data, { width, height });
}
