import { gradients } from '../../autodiff/backward.ts';
import type { GradientRules } from '../../autodiff/rules/index.ts';
import { InvalidArgumentError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { type DType, scalar, type Tensor } from '../../core/tensor.ts';
import type { ParameterSource, ParameterSpec } from '../../nn/parameters.ts';
import { Scope } from '../../nn/scope.ts';
import { boundSource } from '../../nn/sources.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { type Method, networkOf, type OptimizerSpec, type StepContext } from '../methods/method.ts';
import { type AdamScalars, adamCorrections, adamUpdate } from '../optimizers/adam.ts';
import { clippedGradients } from '../optimizers/gradient-clipping.ts';
import { averageDecayAt, movingAverage } from '../optimizers/moving-average.ts';
import { averageName, memoryName, momentNames, parameterName } from './state.ts';

/** A value that the outside hands to every step, and how it is made. */
export interface Feed {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** @param random a stream of its own for this feed and iteration, and for the micro-batch unless `drawnOnce` */
  readonly provide: (context: StepContext, random: Random) => Tensor;
  /** The same in every micro-batch of a step, as it is for every picture of a batch. */
  readonly drawnOnce: boolean;
}

/** Height and width in pixels, by domain. */
export type PictureSizes = Readonly<Record<'A' | 'B', readonly [height: number, width: number]>>;

/** A loss, and the optimizers that step on it: one, or several that all differentiate it at the weights of now. */
export interface Turn {
  readonly optimizers: string | readonly string[];
  readonly loss: Value;
}

/** One call of `minimize`, or one turn of `minimizeInTurn`. */
export interface Minimization {
  readonly optimizers: readonly string[];
  /** Gradients by `network.parameter`. */
  readonly gradients: ReadonlyMap<string, Value>;
  /** Parameters as the update leaves them, by name; none where nothing is updated. */
  readonly updated: ReadonlyMap<string, Value>;
}

/** Calls of `minimize` by their order in the step, from 0: the first, and the one behind the last. */
export interface CallSpan {
  readonly first: number;
  readonly end: number;
}

/**
 * Derivatives of a turn of `minimizeInTurn`.
 * @param moved the weights that earlier turns have moved: what they were to what they are
 */
export type RulesOfTurn = (moved: ReadonlyMap<Value, Value>) => GradientRules;

export interface StepBuilderOptions {
  readonly graph: GraphBuilder;
  readonly method: Method;
  /** Current value of every entry of the training state, by name. */
  readonly state: ReadonlyMap<string, Value>;
  /** Makes the value of a feed: a graph input, or a slice of one. */
  readonly feed: (feed: Feed) => Value;
  /** Decay of the moving average of the translators' weights, in the long run; 0: none is kept. */
  readonly averageDecay: number;
  /** False: losses and gradients are computed at the given weights, nothing is updated (for checks). */
  readonly update: boolean;
  /** Height and width of the pictures of each domain, where they are not those that the method is made for. */
  readonly pictureSizes?: PictureSizes;
  /**
   * The part of the step that is wanted, by its calls of `minimize`; default all. What comes before it has happened
   * already: its updates are in the state. What comes after it is left out.
   */
  readonly span?: CallSpan;
  /** Multiplier of the optimizer's learning rate, from the schedule. */
  readonly learningRateAt: (optimizer: string, context: StepContext) => number;
  /** Values to take in place of observed ones, by name (for comparisons with other software). */
  readonly replaced?: ReadonlyMap<string, Value>;
  /** Weights of networks that are used and not trained, by name; they are constants of the graph, not state. */
  readonly frozen?: ReadonlyMap<string, ReadonlyMap<string, Tensor>>;
  /** Derivatives other than the true ones (for comparisons with other software). */
  readonly gradientRules?: GradientRules | RulesOfTurn | undefined;
}

/**
 * What a method writes its training step with: networks at their current weights, feeds, losses, updates.
 * After `minimize` the updated networks are the current ones, as after `optimizer.step()`.
 */
export class StepBuilder {
  readonly graph: GraphBuilder;
  /** Named scalars to log. */
  readonly reports = new Map<string, Value>();
  /** Gradients of the last `minimize` of each parameter, by `network.parameter`. */
  readonly parameterGradients = new Map<string, Value>();
  /** Of the moving averages at this step, once one is kept. */
  private decay: Value | undefined;
  /** How often each optimizer has stepped in this step so far. */
  private readonly updates = new Map<string, number>();
  /** What was minimised, in order. */
  readonly minimized: Minimization[] = [];
  /** Values that are looked at, not trained on: pictures, for previews and checks. */
  readonly observed = new Map<string, Value>();
  readonly feeds: Feed[] = [];
  private readonly options: StepBuilderOptions;
  private current: Map<string, Value>;
  /** Calls of `minimize` so far. */
  private calls = 0;
  /** The state at the end of the span, once it is over. */
  private ended: ReadonlyMap<string, Value> | undefined;

  constructor(options: StepBuilderOptions) {
    this.graph = options.graph;
    this.options = options;
    this.current = new Map(options.state);
  }

  /** State after everything built so far, but not beyond the end of the span. */
  get state(): ReadonlyMap<string, Value> {
    return this.ended ?? this.current;
  }

  /** A scope at the network's current weights. */
  network(name: string): Scope {
    return new Scope(this.graph, this.sourceOf(name), { training: true });
  }

  /** The weights of a network that is used and not trained. */
  frozen(name: string): ReadonlyMap<string, Tensor> {
    const weights = this.options.frozen?.get(name);
    if (weights === undefined) throw new InvalidArgumentError(`the step needs weights of "${name}"`);
    return weights;
  }

  /** Declares a value that is handed to each step from outside. */
  feed(name: string, dtype: DType, shape: readonly number[], provide: Feed['provide']): Value {
    return this.declare({ name, dtype, shape, provide, drawnOnce: false });
  }

  /** The same for what is drawn for a whole batch, however many micro-batches it is worked through in. */
  drawnOnce(name: string, dtype: DType, shape: readonly number[], provide: Feed['provide']): Value {
    return this.declare({ name, dtype, shape, provide, drawnOnce: true });
  }

  /** A batch of domain A or B, [N, C, H, W] in [-1, 1]. */
  pictures(name: string, domain: 'A' | 'B', shape: readonly number[]): Value {
    const size = this.options.pictureSizes?.[domain] ?? shape.slice(2);
    return this.feed(name, 'float32', [...shape.slice(0, 2), ...size], ({ batch }) => batch[domain]);
  }

  /** Names a scalar to log. @returns it */
  report(name: string, loss: Value): Value {
    if (this.ended === undefined) this.reports.set(name, loss);
    return loss;
  }

  /** Lets a value be looked at. @returns it, or what a check has put in its place */
  observe(name: string, value: Value): Value {
    this.observed.set(name, value);
    return this.options.replaced?.get(name) ?? value;
  }

  /** What the step before has left under this name of the method's memory. */
  recall(memory: string): Value {
    return this.value(memoryName(memory));
  }

  /** Leaves a value for the next step; it is a constant to later gradients. */
  remember(memory: string, value: Value): void {
    this.recall(memory);
    this.current.set(memoryName(memory), this.graph.StopGradient(value));
  }

  /** One step on a scalar loss, of one optimizer or of several that all differentiate it at the weights of now. */
  minimize(optimizers: string | readonly string[], loss: Value): void {
    this.minimizeInTurn([{ optimizers, loss }]);
  }

  /**
   * A step on each loss, one after the other. All are differentiated at the weights of now, also where an optimizer
   * has several turns: what it steps on in a later one was computed with the weights from before the first.
   */
  minimizeInTurn(turns: readonly Turn[]): void {
    const { first, end } = this.options.span ?? { first: 0, end: Number.POSITIVE_INFINITY };
    // Turns do not look at each other's updates, so that no span ever ends between them.
    const call = this.calls;
    this.calls += turns.length;
    if (call < first) this.restart();
    else if (call < end) this.minimizeNow(turns);
    if (this.calls === end) this.ended = new Map(this.current);
  }

  /** Moves an optimizer's parameters by their gradients, given by `network.parameter`. */
  update(optimizer: string, gradientsByName: ReadonlyMap<string, Value>): void {
    const spec = this.optimizer(optimizer);
    const scalars = this.adamScalars(optimizer, spec);
    const parameters = this.parametersOf(optimizer);
    const names = [...parameters.keys()];
    const given = names.map((name) => gradientsByName.get(name) as Value);
    const used = clippedGradients(this.graph, given, spec.gradientNorm);
    for (const [index, name] of names.entries()) {
      const moments = momentNames(optimizer, name);
      const state = {
        parameter: this.value(name),
        mean: this.value(moments.mean),
        variance: this.value(moments.variance),
      };
      const decays = spec.decays?.(parameters.get(name) as ParameterSpec) ?? true;
      const adam = decays ? spec.adam : { ...spec.adam, weightDecay: 0 };
      const next = adamUpdate(this.graph, state, used[index] as Value, scalars, adam);
      // The update is not a path for later gradients: PyTorch's optimizers step outside of the tape.
      this.current.set(name, this.graph.StopGradient(next.parameter));
      this.current.set(moments.mean, next.mean);
      this.current.set(moments.variance, next.variance);
      this.average(name, next.parameter);
    }
  }

  private minimizeNow(turns: readonly Turn[]): void {
    const before = new Map(this.current);
    for (const { optimizers: given, loss } of turns) {
      const optimizers = [given].flat();
      const derived = this.differentiate(optimizers, loss, before);
      if (this.options.update) for (const optimizer of optimizers) this.update(optimizer, derived);
      const names = this.options.update ? [...derived.keys()] : [];
      const updated = new Map(names.map((name) => [name, this.value(name)]));
      this.minimized.push({ optimizers, gradients: derived, updated });
    }
  }

  /** Gradients for the optimizers' parameters, at the weights of the given state. */
  private differentiate(
    optimizers: readonly string[],
    loss: Value,
    state: ReadonlyMap<string, Value>,
  ): ReadonlyMap<string, Value> {
    const names = optimizers.flatMap((optimizer) => [...this.parametersOf(optimizer).keys()]);
    const parameters = names.map((name) => state.get(name) as Value);
    const derived = gradients(this.graph, loss, parameters, undefined, this.rulesAfter(state));
    const byName = new Map(names.map((name, index) => [name, derived[index] as Value]));
    for (const [name, gradient] of byName) this.parameterGradients.set(name, gradient);
    return byName;
  }

  private rulesAfter(state: ReadonlyMap<string, Value>): GradientRules | undefined {
    const { gradientRules } = this.options;
    if (typeof gradientRules !== 'function') return gradientRules;
    const pairs = [...state].map(([name, value]) => [value, this.value(name)] as const);
    return gradientRules(new Map(pairs.filter(([then, now]) => then !== now)));
  }

  /** What was built so far has happened in an earlier part of the step. */
  private restart(): void {
    this.current = new Map(this.options.state);
    this.reports.clear();
  }

  private declare(feed: Feed): Value {
    this.feeds.push(feed);
    return this.options.feed(feed);
  }

  private average(name: string, parameter: Value): void {
    const key = averageName(name);
    const average = this.current.get(key);
    if (average === undefined) return;
    const { averageDecay } = this.options;
    this.decay ??= this.feed('averageDecay', 'float32', [], ({ iteration }) =>
      scalar(averageDecayAt(averageDecay, iteration)),
    );
    this.current.set(key, movingAverage(this.graph, average, parameter, this.decay));
  }

  /** The numbers of the optimizer's next update: those of a second one in the same step have names of their own. */
  private adamScalars(optimizer: string, { adam, updatesBefore }: OptimizerSpec): AdamScalars {
    const earlier = this.updates.get(optimizer) ?? 0;
    this.updates.set(optimizer, earlier + 1);
    const turn = earlier === 0 ? optimizer : `${optimizer}.${earlier + 1}`;
    const scalarFeed = (name: string, value: (context: StepContext) => number) =>
      this.feed(`${turn}.${name}`, 'float32', [], (context) => scalar(value(context)));
    const correctionsAt = ({ iteration }: StepContext) =>
      adamCorrections(adam, (updatesBefore?.(iteration) ?? iteration - 1) + earlier + 1);
    return {
      learningRate: scalarFeed(
        'learningRate',
        (at) => adam.learningRate * this.options.learningRateAt(optimizer, at),
      ),
      meanCorrection: scalarFeed('meanCorrection', (at) => correctionsAt(at)[0]),
      deviationCorrection: scalarFeed('deviationCorrection', (at) => correctionsAt(at)[1]),
    };
  }

  private sourceOf(network: string): ParameterSource {
    const prefix = parameterName(network, '');
    const own = new Map(
      [...this.current]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, value]) => [name.slice(prefix.length), value]),
    );
    const bound = boundSource(own, (name, value) => this.current.set(parameterName(network, name), value));
    return {
      ...bound,
      buffer: (spec) => (spec.fixed ? this.graph.constant(spec.initial) : bound.buffer(spec)),
    };
  }

  /** By `network.parameter`. */
  private parametersOf(optimizer: string): Map<string, ParameterSpec> {
    const named = this.optimizer(optimizer).networks.flatMap((network) => {
      const { parameters } = networkOf(this.options.method, network).state;
      return parameters.map((spec) => [parameterName(network, spec.name), spec] as const);
    });
    return new Map(named);
  }

  private optimizer(name: string): OptimizerSpec {
    const spec = this.options.method.optimizers[name];
    if (spec === undefined) throw new InvalidArgumentError(`the method has no optimizer "${name}"`);
    return spec;
  }

  private value(name: string): Value {
    const value = this.current.get(name);
    if (value === undefined) throw new InvalidArgumentError(`the training state has no "${name}"`);
    return value;
  }
}
