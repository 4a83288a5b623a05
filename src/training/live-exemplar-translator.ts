import { Random } from '../core/random.ts';
import { float32, type Tensor } from '../core/tensor.ts';
import { fromPlanes, type Pixels } from '../image/index.ts';
import type { Scope } from '../nn/scope.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';
import { optimize } from '../onnx/passes/index.ts';
import { serialize } from '../onnx/serialize.ts';
import { Session } from '../runtime/index.ts';
import { type LiveOptions, pixelsOf } from './live-translator.ts';
import { liveScope, liveWeights } from './live-weights.ts';
import { type ExemplarGuidedTranslator, type Method, networksOf } from './methods/method.ts';
import type { TrainingState } from './step/state.ts';

/** Random codes that each picture is shown with: the same in every row and at any moment of a run. */
export const previewCodes = 8;

/** A translator with codes whose weights are inputs, as `LiveTranslator` is one without. */
export class LiveExemplarTranslator {
  private readonly weightsOf: (state: TrainingState) => Record<string, Tensor>;
  /** Codes to draw translations with; none where pictures are shown as they are made again. */
  private readonly codes: Readonly<Record<string, Tensor<'float32'>>>;
  private readonly session: Session;

  private constructor(
    weightsOf: LiveExemplarTranslator['weightsOf'],
    codes: LiveExemplarTranslator['codes'],
    session: Session,
  ) {
    this.weightsOf = weightsOf;
    this.codes = codes;
    this.session = session;
  }

  static async open(
    method: Method,
    translator: ExemplarGuidedTranslator,
    { size, averaged, session }: LiveOptions,
  ): Promise<LiveExemplarTranslator> {
    const { from, to, attributeCodeSize } = translator;
    const g = new GraphBuilder(`${method.name} ${from} to ${to}, weights as inputs`);
    const translations =
      translator.own === undefined
        ? styledTranslations(g, method, translator, size)
        : madeAgain(g, method, { ...translator, own: translator.own }, size);
    const live = await Session.create(serialize(optimize(g.build([translations]))), session);
    const chosen = { networks: [...new Set(networksOf(translator))], averaged, inputNames: live.inputNames };
    return new LiveExemplarTranslator(
      (state) => liveWeights(method, state, chosen),
      translator.own === undefined ? { codes: codesOf(attributeCodeSize) } : {},
      live,
    );
  }

  /**
   * A row for each picture: it, its translations with the random codes or itself made again of its own content and code,
   * and where there are styles one of these and the translation with its code.
   * @param pictures [1, 3, size, size] in [-1, 1] each, of the source domain
   * @param styles the same of the target domain
   */
  async rows(
    state: TrainingState,
    pictures: readonly Tensor<'float32'>[],
    styles: readonly Tensor<'float32'>[],
  ): Promise<Pixels[][]> {
    const weights = this.weightsOf(state);
    const rows: Pixels[][] = [];
    for (const [index, picture] of pictures.entries()) {
      const style = styles[index % styles.length];
      const outputs = await this.session.run({
        ...weights,
        picture,
        style: style ?? picture,
        ...this.codes,
      });
      const made = picturesOf(outputs[this.session.outputNames[0] as string] as Tensor<'float32'>);
      const first = [pixelsOf(picture), ...made.slice(0, -1)];
      rows.push(style === undefined ? first : [...first, pixelsOf(style), ...made.slice(-1)]);
    }
    return rows;
  }

  close(): Promise<void> {
    return this.session.dispose();
  }
}

/** One picture with each of the codes, and with that of the style: [codes + 1, 3, size, size]. */
function styledTranslations(
  g: GraphBuilder,
  method: Method,
  { attributeCodeSize, contentEncoder, attributeEncoder, generator }: ExemplarGuidedTranslator,
  size: number,
): Value {
  const scopeOf = liveScopes(g, method);
  const picture = (name: string) => g.input(name, 'float32', [1, 3, size, size]);
  const content = contentEncoder.forward(scopeOf(contentEncoder.network), picture('picture'));
  const style = attributeEncoder.forward(scopeOf(attributeEncoder.network), picture('style'));
  const random = g.input('codes', 'float32', [previewCodes, attributeCodeSize]);
  const codes = g.Concat([random, style], 0);
  const repeated = g.Expand(content, [previewCodes + 1, 1, 1, 1]);
  return generator.forward(scopeOf(generator.network), repeated, codes);
}

/** One picture of its own content and code, and its translation with the code of the style: [2, 3, size, size]. */
function madeAgain(
  g: GraphBuilder,
  method: Method,
  translator: ExemplarGuidedTranslator & Required<Pick<ExemplarGuidedTranslator, 'own'>>,
  size: number,
): Value {
  const scopeOf = liveScopes(g, method);
  const picture = (name: string) => g.input(name, 'float32', [1, 3, size, size]);
  const shown = picture('picture');
  const { contentEncoder, own } = translator;
  const content = contentEncoder.forward(scopeOf(contentEncoder.network), shown);
  const paint = ({ attributeEncoder, generator }: typeof own, style: Value) => {
    const code = attributeEncoder.forward(scopeOf(attributeEncoder.network), style);
    return generator.forward(scopeOf(generator.network), content, code);
  };
  return g.Concat([paint(own, shown), paint(translator, picture('style'))], 0);
}

/** The scope of each network, made once. */
function liveScopes(g: GraphBuilder, method: Method): (network: string) => Scope {
  const scopes = new Map<string, Scope>();
  return (network) => {
    const scope = scopes.get(network) ?? liveScope(g, method, network);
    scopes.set(network, scope);
    return scope;
  };
}

function codesOf(size: number): Tensor<'float32'> {
  const random = Random.of(0, 'preview codes');
  return float32(
    [previewCodes, size],
    random.fill(previewCodes * size, (draw) => draw.normal()),
  );
}

/** @param planes [N, 3, H, W] in [-1, 1] */
function picturesOf({ dims, data }: Tensor<'float32'>): Pixels[] {
  const [count, channels, height, width] = dims as readonly number[] as [number, number, number, number];
  const length = channels * height * width;
  return Array.from({ length: count }, (_, index) =>
    fromPlanes(data.slice(index * length, (index + 1) * length), { width, height }),
  );
}
