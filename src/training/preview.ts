import type { Tensor } from '../core/tensor.ts';
import { drawGrid, encode, fromPlanes, type Pixels } from '../image/index.ts';
import { Scope } from '../nn/scope.ts';
import { boundSource } from '../nn/sources.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { optimize } from '../onnx/passes/index.ts';
import { serialize } from '../onnx/serialize.ts';
import { Session, type SessionOptions } from '../runtime/index.ts';
import type { Method, Translator } from './methods/method.ts';
import { stateDictOf, type TrainingState } from './step/state.ts';

/** Translates test pictures at the current weights: a row a picture, [source, translation]. */
export class Preview {
  private readonly method: Method;
  private readonly translator: Translator;
  private readonly session: Session;
  private readonly averaged: boolean;

  private constructor(method: Method, translator: Translator, session: Session, averaged: boolean) {
    this.method = method;
    this.translator = translator;
    this.session = session;
    this.averaged = averaged;
  }

  /** @param size side of the pictures in pixels */
  static async open(
    method: Method,
    translator: Translator,
    options: { readonly size: number; readonly averaged: boolean; readonly session: SessionOptions },
  ): Promise<Preview> {
    const g = new GraphBuilder(`preview of ${translator.network}`);
    const { state } = method.networks[translator.network] as Method['networks'][string];
    const weights = new Map(
      state.parameters.map(({ name, shape }) => [name, g.input(name, 'float32', shape)] as const),
    );
    for (const { name, initial, fixed } of state.buffers) {
      weights.set(name, fixed ? g.constant(initial) : g.input(name, initial.dtype, initial.dims));
    }
    const pictures = g.input('pictures', 'float32', [1, 3, options.size, options.size]);
    const translated = translator.forward(new Scope(g, boundSource(weights)), pictures);
    const session = await Session.create(serialize(optimize(g.build([translated]))), options.session);
    return new Preview(method, translator, session, options.averaged);
  }

  /** @param pictures [1, 3, size, size] in [-1, 1] */
  async rows(state: TrainingState, pictures: readonly Tensor<'float32'>[]): Promise<Pixels[][]> {
    const weights = stateDictOf(this.method, state, this.translator.network, this.averaged);
    const used = Object.fromEntries([...weights].filter(([name]) => this.session.inputNames.includes(name)));
    const rows: Pixels[][] = [];
    for (const picture of pictures) {
      const outputs = await this.session.run({ ...used, pictures: picture });
      const translated = outputs[this.session.outputNames[0] as string] as Tensor<'float32'>;
      rows.push([toPixels(picture), toPixels(translated)]);
    }
    return rows;
  }

  close(): Promise<void> {
    return this.session.dispose();
  }
}

/** Rows side by side as one PNG. */
export async function previewGrid(rows: readonly (readonly Pixels[])[]): Promise<Uint8Array> {
  return encode(drawGrid(rows), { format: 'png' });
}

function toPixels({ dims, data }: Tensor<'float32'>): Pixels {
  const [, , height, width] = dims as readonly number[] as [number, number, number, number];
  return fromPlanes(data, { width, height });
}
