import { gradients } from '../../autodiff/backward.ts';
import { codeMap } from '../../core/code-map/code-map.ts';
import { CodeMapSampling } from '../../core/code-map/code-map-sampling.ts';
import { codeProbabilities } from '../../core/code-map/code-probabilities.ts';
import { coordinateTokens } from '../../core/code-map/coordinates.ts';
import { drawCode } from '../../core/code-map/draw-code.ts';
import { keepingMasked, type PartialMap } from '../../core/code-map/partial-map.ts';
import { float32, int64, type Tensor, toNumbers } from '../../core/tensor.ts';
import type { CodeTransformer } from '../../nn/networks/code-transformer/code-transformer.ts';
import type { Value } from '../../onnx/ir.ts';
import { crossEntropy } from '../../training/losses/cross-entropy.ts';
import { priorTransformer } from '../../training/methods/code-prior.ts';
import { CachedTransformer } from '../cached-transformer.ts';
import { CaseGraph } from '../case-graph.ts';
import { type Attempt, byName, type CaseKind } from '../case-kind.ts';
import { bindNetwork } from '../network-weights.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';
import { transformerOptions, windowOf } from './code-prior.ts';

/** VQ-I2I's `sample_gen`: a map that is larger than the window, drawn place by place; and the `GPT` by itself. */
export const slidingWindow: CaseKind = {
  knows: ({ class_or_function }) => /\bsample_gen\b/.test(class_or_function),
  async *attempts(oracle) {
    yield await attempt(oracle);
  },
};

/** Pixels along the side of a code, which get_coord_idx knows by itself. */
const pixelsPerCode = 16;

async function attempt(oracle: OracleCase): Promise<Attempt> {
  const gpt = oracle.arguments.group('gpt');
  const window = windowOf(oracle, gpt.integer('block_size', 512));
  const codebookSize = gpt.integer('vocab_size', 512);
  const transformer = priorTransformer(transformerOptions(gpt), { codebookSize, window, pixelsPerCode });
  const coordinates = coordinateTokens(window, pixelsPerCode, codebookSize);
  const sampling = new CodeMapSampling(partialMap(oracle), { window, coordinates });
  const tensors = new Map<string, Tensor>([
    ['coord_idx', int64([1, window.height, window.width], coordinates)],
    ...(await wholeSequence(oracle, transformer)),
    ...(await drawn(oracle, transformer, sampling)),
  ]);
  return { produced: byName(tensors) };
}

/** What lies in the original part is known, the rest is to be drawn. */
function partialMap({ arguments: given, inputs }: OracleCase): PartialMap {
  const [height, width] = [given.integer('H'), given.integer('W')];
  const [rows, columns] = [given.integer('original_h', 16), given.integer('original_w', 16)];
  const map = codeMap(height, width, toNumbers(inputs.get('idx0') as Tensor));
  const known = Array.from(
    map.codes,
    (_, place) => place % width < columns && Math.floor(place / width) < rows,
  );
  return keepingMasked(map, known.map(Number));
}

/** `idx`, the finished map, and `probs`, what each code was drawn from. */
async function drawn(
  oracle: OracleCase,
  transformer: CodeTransformer,
  sampling: CodeMapSampling,
): Promise<[string, Tensor][]> {
  const { arguments: given } = oracle;
  const options = { temperature: given.number('temperature', 1), topK: given.integer('top_k') };
  const uniforms = toNumbers(inputOf(oracle, 'uniform'));
  const network = await CachedTransformer.open(transformer, oracle.weights('GPT'));
  const rows: number[] = [];
  for (let step = sampling.step; step !== undefined; step = sampling.step) {
    const probabilities = codeProbabilities(await network.append(step.window, step.tokens), options);
    rows.push(...probabilities);
    sampling.take(drawCode(probabilities, uniforms[sampling.drawn] as number));
  }
  await network.close();
  const { height, width, codes } = sampling.map;
  return [
    ['idx', int64([1, height, width], codes)],
    ['probs', float32([sampling.total, transformer.options.vocabulary], rows)],
  ];
}

/** `gpt_logits` of `tokens`, `gpt_loss` against `targets`, and `grad.<key>` of it. */
async function wholeSequence(
  oracle: OracleCase,
  transformer: CodeTransformer,
): Promise<ReadonlyMap<string, Tensor>> {
  const target = new CaseGraph();
  const tokens = inputOf(oracle, 'tokens');
  const weights = oracle.weights('GPT');
  const { parameters, scope } = bindNetwork(target, 'GPT', weights, [], (described) =>
    transformer.forward(described, described.graph.input('tokens', 'int64', tokens.dims)),
  );
  const logits = transformer.forward(scope(true), target.input('tokens', tokens));
  const loss = crossEntropy(target.graph, logits, target.input('targets', inputOf(oracle, 'targets')));
  target.output('gpt_logits', logits);
  target.output('gpt_loss', loss);
  const derived = gradients(target.graph, loss, [...parameters.values()]);
  for (const [index, key] of [...parameters.keys()].entries()) {
    target.output(`grad.${key}`, derived[index] as Value);
  }
  return target.run();
}
