import type { Tensor } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import { type DritOptions, dritSchema } from '../../training/config/drit.ts';
import { drit } from '../../training/methods/drit/drit.ts';
import type { Method, StepContext, StepKind } from '../../training/methods/method.ts';
import type { BatchShape } from '../../training/methods/networks.ts';
import { initialState, parameterName } from '../../training/step/state.ts';
import { type RulesOfTurn, StepBuilder, type StepBuilderOptions } from '../../training/step/step-builder.ts';
import { asSavedToday } from '../../training/weights/saved-today.ts';
import type { Arguments } from '../arguments.ts';
import { CaseGraph } from '../case-graph.ts';
import { byName, type CaseKind, normOf, type Produced } from '../case-kind.ts';
import { throughMovedWeights } from '../moved-weights.ts';
import { requireWeights } from '../network-weights.ts';
import { type ExpectedOutput, inputOf, type OracleCase } from '../oracle-case.ts';
import { feeder } from '../training-step.ts';

/** One full step of `DRIT`: `update_D` and `update_EG`. */
export const dritStep: CaseKind = {
  knows: ({ class_or_function }) => /\bDRIT\.forward\b.*\bupdate_EG\b/.test(class_or_function),
  async *attempts(oracle) {
    yield { produced: await runDritStep(oracle) };
    const footnote =
      'the second step of encoder and generator is taken at weights that the first has moved, imitated here';
    yield { produced: await runDritStep(oracle, throughMovedWeights), footnote };
  },
};

/** What the published code calls the losses that it keeps of a step, where the case has other names for them. */
function reportedName(element: string): string {
  if (element === 'G_loss') return 'EG_total';
  return /^(dis\w+)_loss$/.exec(element)?.[1] ?? element;
}

/**
 * Builds the step twice in one graph: at the saved weights without updates, for `losses`, `grad_<turn>.<net>.<key>`,
 * `grad_norms`, pictures and codes; and as the optimizers do it, for `step_losses` and `after_<turn>.<net>.<key>`.
 */
async function runDritStep(oracle: OracleCase, rules?: RulesOfTurn): Promise<Produced> {
  const tensors = await stepGraph(oracle, rules).run('basic');
  return byName(tensors, (vector, element) => {
    const found = tensors.get(partName(vector, element));
    return vector === 'grad_norms' ? normOf(found) : found;
  });
}

/** The minimisations of a step in their order. */
const turns = ['D', 'EG', 'alone'] as const;

function stepGraph(oracle: OracleCase, gradientRules: RulesOfTurn | undefined): CaseGraph {
  const target = new CaseGraph();
  const batch = inputOf(oracle, 'input_A').dims as BatchShape;
  const method = drit(dritOptions(oracle.arguments, batch), batch);
  const state = stateInputs(target, oracle, method);
  const feed = feeder(target, oracle, new Map(), firstStep(oracle));
  const still = buildStep(target, method, { state, feed, update: false });
  const moving = buildStep(target, method, { state, feed, update: true, gradientRules });
  // What no output of the case asks for is not computed: the whole step has ten thousands of nodes.
  const wanted = new Set(oracle.expected.flatMap(namesIn));
  const output = (name: string, value: Value) => {
    if (wanted.has(name)) target.output(name, value);
  };
  for (const [name, loss] of still.reports) output(`losses.${name}`, loss);
  for (const [name, loss] of moving.reports) output(`step_losses.${name}`, loss);
  for (const [index, turn] of turns.entries()) {
    for (const [name, gradient] of still.minimized[index]?.gradients ?? []) {
      output(`grad_${turn}.${name}`, gradient);
    }
    for (const [name, weight] of moving.minimized[index]?.updated ?? []) {
      output(`after_${turn}.${name}`, weight);
    }
  }
  for (const [name, value] of still.observed) {
    output(name, value);
    for (const step of sampleSteps) output(`${name}_s${step}`, sampled(target, value, step));
  }
  return target;
}

/** The names of what an output of the case is compared with, or put together from. */
function namesIn({ name, elements = [] }: ExpectedOutput): string[] {
  return [name, ...elements.map((element) => partName(name, element))];
}

function partName(vector: string, element: string): string {
  return vector === 'grad_norms' ? `grad_${element}` : `${vector}.${reportedName(element)}`;
}

/** Maps are saved whole, or so many rows and columns apart. */
const sampleSteps = [2, 4] as const;

function sampled({ graph }: CaseGraph, value: Value, step: number): Value {
  if (value.shape.length !== 4) return value;
  const end = Number.MAX_SAFE_INTEGER;
  return graph.Slice(value, { starts: [0, 0], ends: [end, end], axes: [2, 3], steps: [step, step] });
}

function buildStep(
  target: CaseGraph,
  method: Method,
  options: Pick<StepBuilderOptions, 'state' | 'feed' | 'update' | 'gradientRules'>,
): StepBuilder {
  const common = { graph: target.graph, method, averageDecay: 0, learningRateAt: () => 1 };
  const step = new StepBuilder({ ...options, ...common });
  (method.steps.find(({ name }) => name === 'step') as StepKind).build(step);
  return step;
}

/** The saved weights, checked against our networks, with the optimizers' moments at zero. */
function stateInputs(target: CaseGraph, oracle: OracleCase, method: Method): ReadonlyMap<string, Value> {
  const state = new Map<string, Tensor>(initialState(method, 0, false));
  for (const [network, trained] of Object.entries(method.networks)) {
    const weights = asSavedToday(trained.state, oracle.weights('all', network));
    requireWeights(network, trained.state, weights);
    for (const [key, tensor] of weights) state.set(parameterName(network, key), tensor);
  }
  return new Map([...state].map(([name, tensor]) => [name, target.input(name, tensor)]));
}

/** As if it were the first of all, so that every optimizer makes its first updates. */
function firstStep(oracle: OracleCase): StepContext {
  const pictures = (domain: 'A' | 'B') => inputOf(oracle, `input_${domain}`) as Tensor<'float32'>;
  return { iteration: 1, epoch: 1, batch: { A: pictures('A'), B: pictures('B') } };
}

/** @throws ArgumentError for an option that our DRIT does not have */
export function dritOptions(given: Arguments, batch: BatchShape): DritOptions {
  given.withoutInfluence('ep', 'total_it', 'dis_norm', 'd_iter');
  given.mustBe('input_dim_a', batch[1]);
  given.mustBe('input_dim_b', batch[1]);
  const filters = given.integer('W', 64);
  const optimizer = { beta1: 0.5, beta2: 0.999, weightDecay: 1e-4 };
  const learningRate = given.number('lr', 1e-4);
  return dritSchema.parse({
    attributeCodeSize: given.integer('nz', 8),
    generator: { variant: given.integer('concat', 1) === 0 ? 'feature-wise' : 'concat', filters },
    discriminator: {
      scales: given.integer('dis_scale', 3),
      filters,
      spectralNorm: given.flag('dis_spectral_norm', false),
    },
    modeSeekingWeight: given.flag('no_ms', false) ? 0 : 1,
    optimizer: { ...optimizer, learningRate },
    contentOptimizer: { ...optimizer, learningRate: learningRate / 2.5 },
  });
}
