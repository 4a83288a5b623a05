import { gradients } from '../../autodiff/backward.ts';
import { betasOf } from '../../core/diffusion/betas.ts';
import { type NoiseSchedule, noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { keptTimes, respacedBetas } from '../../core/diffusion/respacing.ts';
import { int64, toNumbers, zeros } from '../../core/tensor.ts';
import { domainClassifier } from '../../nn/networks/adm/classifier.ts';
import { admUnet } from '../../nn/networks/adm/unet.ts';
import type { Value } from '../../onnx/ir.ts';
import { hybridLoss } from '../../training/diffusion/noise-losses.ts';
import { type Diffused, noised } from '../../training/diffusion/noised.ts';
import { reverseStep, splitPrediction } from '../../training/diffusion/reverse-step.ts';
import { logLikelihoods } from '../../training/losses/cross-entropy.ts';
import { adamCorrections, adamUpdate } from '../../training/optimizers/adam.ts';
import { CaseGraph } from '../case-graph.ts';
import { byName, type Produced } from '../case-kind.ts';
import { type BoundNetwork, bindNetwork } from '../network-weights.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';
import { classifierOptions, unetOptions } from './egsde-options.ts';

/** The networks of EGSDE, each by itself, and their training: everything of the case but its sampling. */
export async function egsdeNetworks(oracle: OracleCase): Promise<Produced> {
  const target = new CaseGraph();
  const given = new Inputs(target, oracle);
  scoreNetwork(given);
  classifier(given);
  return byName(await target.run());
}

/** Inputs of the case in its graph, each made when it is first asked for. */
class Inputs {
  readonly target: CaseGraph;
  readonly oracle: OracleCase;
  private readonly known = new Map<string, Value>();

  constructor(target: CaseGraph, oracle: OracleCase) {
    this.target = target;
    this.oracle = oracle;
  }

  of(name: string): Value {
    const value = this.known.get(name) ?? this.target.input(name, inputOf(this.oracle, name));
    this.known.set(name, value);
    return value;
  }

  /** The gradient of a loss by each parameter, as `grad.<prefix>.<key>`. */
  differentiate(prefix: string, loss: Value, { parameters }: BoundNetwork): ReadonlyMap<string, Value> {
    const keys = [...parameters.keys()];
    const derived = gradients(this.target.graph, loss, [...parameters.values()]);
    const byKey = new Map(keys.map((key, index) => [key, derived[index] as Value]));
    for (const [key, gradient] of byKey) this.target.output(`grad.${prefix}.${key}`, gradient);
    return byKey;
  }
}

/** `eps6`, the losses, `grad.unet.<key>` and the distributions of the step before. */
function scoreNetwork(given: Inputs): void {
  const { target, oracle } = given;
  const unet = admUnet(unetOptions(oracle.arguments.group('unet')));
  const shapes = ['x', 't_eps'].map((name) => inputOf(oracle, name).dims);
  const bound = bindNetwork(target, 'UNet', oracle.weights('UNet'), shapes, (scope, [x, times]) =>
    unet.forward(scope, x as Value, times as Value),
  );
  const forward = (x: Value, times: Value) =>
    unet.forward(bound.scope(false), x, target.graph.Cast(times, 'float32'));
  target.output('eps6', forward(given.of('x'), given.of('t_eps')));
  const whole = noiseSchedule(betasOf({ course: 'named-linear', steps: 1000 }));
  const times = toNumbers(inputOf(oracle, 't_train'));
  const losses = hybridTerms(given, forward, { name: 'terms', schedule: whole, times, boundWeight: 1 });
  given.differentiate('unet', target.graph.ReduceMean(losses.total, undefined, false), bound);
  const kept = keptTimes(1000, [250]);
  hybridTerms(
    given,
    (x, at) => forward(x, target.graph.Gather(target.graph.constant(int64([250], kept)), at, 0)),
    {
      name: 'terms_rescaled_respaced250',
      schedule: noiseSchedule(respacedBetas(whole.alphaBar, kept)),
      times: times.map((time) => Math.min(time, 249)),
      boundWeight: 250 / 1000,
    },
  );
}

interface Terms {
  readonly name: string;
  readonly schedule: NoiseSchedule;
  readonly times: readonly number[];
  readonly boundWeight: number;
}

function hybridTerms(
  given: Inputs,
  forward: (x: Value, times: Value) => Value,
  { name, schedule, times, boundWeight }: Terms,
) {
  const { target } = given;
  const g = target.graph;
  const pictures: Diffused = {
    clean: given.of('x_start'),
    noise: given.of('noise_train'),
    times: g.constant(int64([times.length], times)),
  };
  const noisy = noised(g, pictures, schedule);
  const output = forward(noisy, pictures.times);
  const losses = hybridLoss(g, pictures, noisy, output, { schedule, boundWeight });
  target.output(`${name}.mse`, losses.noise);
  target.output(`${name}.vb`, losses.bound);
  target.output(`${name}.loss`, losses.total);
  const step = reverseStep(g, noisy, pictures.times, splitPrediction(g, output, 3), schedule, true);
  if (name === 'terms') {
    target.output('pmv.mean', step.mean);
    target.output('pmv.log_variance', step.logVariance);
    target.output('pmv.pred_xstart', step.clean);
  }
  return losses;
}

/** `features`, `logits`, the loss, `grad.dse.<key>` and `after_step.dse.<key>`. */
function classifier(given: Inputs): void {
  const { target, oracle } = given;
  const g = target.graph;
  const network = domainClassifier(classifierOptions(oracle.arguments.group('dse')));
  const shapes = ['x', 't_eps'].map((name) => inputOf(oracle, name).dims);
  const bound = bindNetwork(target, 'DSE', oracle.weights('DSE'), shapes, (scope, [x, times]) =>
    network.logits(scope, x as Value, times as Value),
  );
  const scope = bound.scope(false);
  target.output('features', network.features(scope, given.of('x'), given.of('t_eps')));
  target.output('logits', network.logits(scope, given.of('x'), given.of('t_eps')));
  const pictures = { clean: given.of('x0_dse'), noise: given.of('noise_dse'), times: given.of('t_dse') };
  const noisy = noised(g, pictures, noiseSchedule(betasOf({ course: 'named-linear', steps: 1000 })));
  const logits = network.logits(scope, noisy, g.Cast(pictures.times, 'float32'));
  const costs = g.Neg(logLikelihoods(g, logits, given.of('labels')));
  target.output('dse_xt', noisy);
  target.output('dse_logits', logits);
  target.output('dse_ce', g.Squeeze(costs, [1]));
  const derived = given.differentiate('dse', g.ReduceMean(costs, undefined, false), bound);
  firstStep(target, bound, derived);
}

const adam = {
  learningRate: 3e-4,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.05,
  decoupledDecay: true,
};

function firstStep(
  target: CaseGraph,
  { parameters }: BoundNetwork,
  derived: ReadonlyMap<string, Value>,
): void {
  const g = target.graph;
  const [mean, deviation] = adamCorrections(adam, 1);
  const scalars = {
    learningRate: g.scalar(adam.learningRate),
    meanCorrection: g.scalar(mean),
    deviationCorrection: g.scalar(deviation),
  };
  for (const [key, gradient] of derived) {
    const parameter = parameters.get(key) as Value;
    const none = g.constant(zeros('float32', parameter.shape as number[]));
    const state = { parameter, mean: none, variance: none };
    target.output(`after_step.dse.${key}`, adamUpdate(g, state, gradient, scalars, adam).parameter);
  }
}
