import type { Tensor } from '../core/tensor.ts';
import { fromPlanes, type Pixels } from '../image/index.ts';
import { Scope } from '../nn/scope.ts';
import { boundSource } from '../nn/sources.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { optimize } from '../onnx/passes/index.ts';
import { serialize } from '../onnx/serialize.ts';
import { Session, type SessionOptions } from '../runtime/index.ts';
import { type FeedForwardTranslator, type Method, networkOf } from './methods/method.ts';
import { stateDictOf, type TrainingState } from './step/state.ts';

interface LiveTranslatorOptions {
  /** Side of the pictures in pixels. */
  readonly size: number;
  /** Translate with the moving averages of the weights. */
  readonly averaged: boolean;
  readonly session: SessionOptions;
}

/** A translator whose weights are inputs: it shows how far training has come, at the weights of any moment. */
export class LiveTranslator {
  private readonly weightsOf: (state: TrainingState) => ReadonlyMap<string, Tensor>;
  private readonly session: Session;

  private constructor(weightsOf: LiveTranslator['weightsOf'], session: Session) {
    this.weightsOf = weightsOf;
    this.session = session;
  }

  static async open(
    method: Method,
    translator: FeedForwardTranslator,
    { size, averaged, session }: LiveTranslatorOptions,
  ): Promise<LiveTranslator> {
    const { network } = translator;
    const g = new GraphBuilder(`${network}, weights as inputs`);
    const { parameters, buffers } = networkOf(method, network).state;
    const weights = new Map(parameters.map(({ name, shape }) => [name, g.input(name, 'float32', shape)]));
    for (const { name, initial, fixed } of buffers) {
      weights.set(name, fixed ? g.constant(initial) : g.input(name, initial.dtype, initial.dims));
    }
    const pictures = g.input('pictures', 'float32', [1, 3, size, size]);
    const translated = translator.forward(new Scope(g, boundSource(weights)), pictures);
    return new LiveTranslator(
      (state) => stateDictOf(method, state, network, averaged),
      await Session.create(serialize(optimize(g.build([translated]))), session),
    );
  }

  /** @param pictures [1, 3, size, size] in [-1, 1] each */
  async translate(state: TrainingState, pictures: readonly Tensor<'float32'>[]): Promise<Pixels[]> {
    const { inputNames, outputNames } = this.session;
    const weights = Object.fromEntries(
      [...this.weightsOf(state)].filter(([name]) => inputNames.includes(name)),
    );
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
function pixelsOf({ dims, data }: Tensor<'float32'>): Pixels {
  const [, , height, width] = dims as readonly number[] as [number, number, number, number];
  return fromPlanes(data, { width, height });
}
