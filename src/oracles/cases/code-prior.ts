import { codeProbabilities } from '../../core/code-map/code-probabilities.ts';
import { coordinateTokens } from '../../core/code-map/coordinates.ts';
import { drawCode } from '../../core/code-map/draw-code.ts';
import { Random } from '../../core/random.ts';
import { int64, type Tensor, toNumbers } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import { type CodePriorOptions, codePriorSchema } from '../../training/config/code-prior.ts';
import { type CodeSpace, codePrior, priorTransformer } from '../../training/methods/code-prior.ts';
import type { Method } from '../../training/methods/method.ts';
import type { StateDict } from '../../training/pytorch/index.ts';
import { initialState, parameterName } from '../../training/step/state.ts';
import { StepBuilder, type StepBuilderOptions } from '../../training/step/step-builder.ts';
import type { Arguments } from '../arguments.ts';
import { CachedTransformer } from '../cached-transformer.ts';
import { MalformedCaseError } from '../case-folder.ts';
import { CaseGraph } from '../case-graph.ts';
import { type Attempt, byName, type CaseKind } from '../case-kind.ts';
import { requireWeights } from '../network-weights.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';

/** VQ-I2I's second stage, `Net2NetTransformer`: its losses and one step of its training, and codes that it goes on with. */
export const codePriorCase: CaseKind = {
  knows: ({ class_or_function }) => /\bNet2NetTransformer\b/.test(class_or_function),
  async *attempts(oracle) {
    yield await attempt(oracle);
  },
};

/** The options of the GPT, `gpt` in a case. */
export function transformerOptions(given: Arguments): CodePriorOptions {
  return codePriorSchema.parse({
    layers: given.integer('n_layer', 24),
    heads: given.integer('n_head', 16),
    width: given.integer('n_embd', 512),
  });
}

/** The window of a transformer: square, half of its positions. @throws MalformedCaseError for positions that no square halves */
export function windowOf({ declaration }: OracleCase, positions: number): CodeSpace['window'] {
  const side = Math.sqrt(positions / 2);
  if (Number.isInteger(side)) return { height: side, width: side };
  throw new MalformedCaseError(`${declaration.name}: block_size ${positions} is not twice a square`);
}

/** The transformer's part of a state dict that may hold the first stage too; the whole where nothing is marked as such. */
function transformerWeights(weights: StateDict): StateDict {
  const prefix = 'transformer.';
  const own = [...weights].filter(([key]) => key.startsWith(prefix));
  return own.length === 0 ? weights : new Map(own.map(([key, tensor]) => [key.slice(prefix.length), tensor]));
}

async function attempt(oracle: OracleCase): Promise<Attempt> {
  const gpt = oracle.arguments.group('gpt');
  const cond = oracle.arguments.group('cond');
  const options = transformerOptions(gpt);
  const space = {
    codebookSize: gpt.integer('vocab_size', 512),
    window: windowOf(oracle, gpt.integer('block_size', 512)),
    pixelsPerCode: cond.integer('down_factor', 16),
  };
  cond.mustBe('n_embed', space.codebookSize);
  const weights = transformerWeights(oracle.weights('Net2NetTransformer'));
  const tensors = new Map(await trained(oracle, codePrior(options, space, 1), weights));
  const { height, width } = space.window;
  const condition = coordinateTokens(space.window, space.pixelsPerCode, space.codebookSize);
  tensors.set('c_indices', int64([1, height * width], condition));
  for (const domain of ['a', 'b']) tensors.set(`target_${domain}`, inputOf(oracle, `z_${domain}`));
  tensors.set('topk5_kept', likeliestFive(tensors.get('logits_a') as Tensor, space.codebookSize));
  const transformer = await CachedTransformer.open(priorTransformer(options, space), weights);
  tensors.set('greedy', await goneOn(transformer, oracle, condition));
  await transformer.close();
  return { produced: byName(tensors, (_, element) => tensors.get(element)) };
}

/** `logits_a`, `loss_a`, the same of b, `grad.<key>` of the sum of both losses, and `after_step.<key>`. */
async function trained(
  oracle: OracleCase,
  method: Method,
  weights: StateDict,
): Promise<ReadonlyMap<string, Tensor>> {
  const target = new CaseGraph();
  const network = 'transformer';
  requireWeights(
    'Net2NetTransformer',
    (method.networks[network] as Method['networks'][string]).state,
    weights,
  );
  const state = new Map<string, Tensor>(initialState(method, 0, false));
  for (const [key, tensor] of weights) {
    const name = parameterName(network, key);
    if (state.has(name)) state.set(name, tensor);
  }
  const inputs = new Map([...state].map(([name, tensor]) => [name, target.input(name, tensor)]));
  const feed = feeder(target, oracle);
  const still = built(target, method, { state: inputs, feed, update: false });
  const moved = built(target, method, { state: inputs, feed, update: true });
  for (const domain of ['A', 'B'] as const) {
    const lower = domain.toLowerCase();
    target.output(`logits_${lower}`, still.observed.get(`logits_${domain}`) as Value);
    target.output(`loss_${lower}`, still.reports.get(`prior_${domain}`) as Value);
  }
  for (const [name, gradient] of still.parameterGradients) {
    const key = name.slice(parameterName(network, '').length);
    target.output(`grad.${key}`, gradient);
    target.output(`after_step.${key}`, moved.state.get(name) as Value);
  }
  return target.run();
}

function built(
  target: CaseGraph,
  method: Method,
  options: Pick<StepBuilderOptions, 'state' | 'feed' | 'update'>,
): StepBuilder {
  const step = new StepBuilder({
    ...options,
    graph: target.graph,
    method,
    averageDecay: 0,
    learningRateAt: () => 1,
  });
  method.steps[0]?.build(step);
  return step;
}

/** The codes of the case as maps, and the numbers of the first step. */
function feeder(target: CaseGraph, oracle: OracleCase): StepBuilderOptions['feed'] {
  const batch = { A: inputOf(oracle, 'z_a'), B: inputOf(oracle, 'z_b') };
  const known = new Map<string, Value>();
  return (feed) => {
    const given = feed.provide({ iteration: 1, epoch: 1, batch }, Random.of(0));
    const value = known.get(feed.name) ?? target.input(feed.name, { ...given, dims: feed.shape });
    known.set(feed.name, value);
    return value;
  };
}

/** 1 for each code that a cut to the five likeliest leaves, of the sixth place. @param logits [1, places, codes] */
function likeliestFive(logits: Tensor, codes: number): Tensor {
  const ofPlace = toNumbers(logits).slice(5 * codes, 6 * codes);
  const kept = codeProbabilities(ofPlace, { topK: 5 });
  return int64(
    [1, codes],
    Array.from(kept, (probability) => (probability > 0 ? 1 : 0)),
  );
}

/** The first codes of z_a, gone on with by the likeliest code each time. */
async function goneOn(
  transformer: CachedTransformer,
  oracle: OracleCase,
  condition: readonly number[],
): Promise<Tensor> {
  const length = oracle.expected.find(({ name }) => name === 'greedy')?.tensor.dims[1] ?? 0;
  const codes = toNumbers(inputOf(oracle, 'z_a')).slice(0, 10);
  let logits = await transformer.append(0, [...condition, ...codes]);
  while (codes.length < length) {
    const code = drawCode(codeProbabilities(logits, { topK: 1 }), 0);
    codes.push(code);
    if (codes.length < length) logits = await transformer.append(0, [code]);
  }
  return int64([1, length], codes);
}
