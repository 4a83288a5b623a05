import { type Tensor, toNumbers, zeros } from '../../core/tensor.ts';
import type { Method, StepContext } from '../methods/method.ts';
import { gradientGraph, type Phase, phasesOf, sumsOf, updateGraph } from './accumulation.ts';
import { feedsFor, outputsOf, Programs, stateAfter } from './program.ts';
import type { TrainingState } from './state.ts';
import { type StepReport, type StepRunnerOptions, sizesOf, type TrainingStepper } from './step-runner.ts';

/** A phase of the step under way: sums of its gradients, by name, and of what is reported. */
interface Sums {
  readonly gradients: Map<string, Tensor>;
  readonly losses: Map<string, number>;
}

/** Runs steps that add up gradients over several micro-batches; see accumulation.ts. */
export class AccumulatingRunner implements TrainingStepper {
  private readonly method: Method;
  private readonly options: StepRunnerOptions;
  private readonly programs: Programs;
  /** The optimizers' steps, which do not depend on sizes. */
  private readonly updates: Programs;
  /** By kind of step. */
  private readonly phases = new Map<number, readonly Phase[]>();
  private current: TrainingState;

  private constructor(method: Method, state: TrainingState, options: StepRunnerOptions) {
    this.method = method;
    this.options = options;
    this.current = state;
    this.programs = new Programs(options.session);
    this.updates = new Programs(options.session);
  }

  /** @throws InvalidArgumentError when the method's losses look at weights from before and after an update */
  static async open(
    method: Method,
    state: TrainingState,
    options: StepRunnerOptions,
  ): Promise<AccumulatingRunner> {
    const runner = new AccumulatingRunner(method, state, options);
    for (const kind of method.steps.keys()) {
      const phases = phasesOf(method, method.steps[kind] as Method['steps'][number], state, options);
      runner.phases.set(kind, phases);
      for (const phase of phases) await runner.updateProgram(phase);
    }
    return runner;
  }

  get state(): TrainingState {
    return this.current;
  }

  get provider() {
    return this.updates.provider;
  }

  /** One step in a run of the graphs. */
  stepsFrom(): number {
    return 1;
  }

  /** @param contexts the micro-batches of one step */
  async run(contexts: readonly StepContext[]): Promise<StepReport[]> {
    const [{ iteration }] = contexts as [StepContext];
    const kind = this.method.stepAt(iteration);
    const losses = new Map<string, number>();
    for (const phase of this.phases.get(kind) as readonly Phase[]) {
      const gradients = sumsOf(phase).map(({ name, parameter }) => {
        const { dims } = this.current.get(parameter) as Tensor;
        return [name, zeros('float32', dims)] as const;
      });
      const sums = { gradients: new Map<string, Tensor>(gradients), losses };
      for (const context of contexts) await this.add(kind, phase, context, { sums, count: contexts.length });
      await this.update(phase, contexts, sums.gradients);
    }
    return [{ step: iteration, losses: Object.fromEntries(losses) }];
  }

  async close(): Promise<void> {
    await Promise.all([this.programs.close(), this.updates.close()]);
  }

  /** The gradients and losses of one micro-batch. */
  private async add(
    kind: number,
    phase: Phase,
    context: StepContext,
    { sums, count }: { readonly sums: Sums; readonly count: number },
  ): Promise<void> {
    const step = this.method.steps[kind] as Method['steps'][number];
    const pictureSizes = sizesOf(context, this.options);
    const program = await this.programs.take(pictureSizes, `${kind}/${phase.span.first}/${count}`, () => {
      const options = { ...this.options, ...(pictureSizes && { pictureSizes }) };
      return gradientGraph(this.method, step, this.current, options, { ...phase, count });
    });
    const { training } = program;
    const feeds = feedsFor(training, this.current, [context], this.options.seed);
    const outputs = await outputsOf(program, { ...feeds, ...Object.fromEntries(sums.gradients) });
    this.current = stateAfter(this.current, training, outputs);
    const [reports, gradients] = [training.changed.length, training.changed.length + training.reports.length];
    for (const [index, name] of training.reports.entries()) {
      const [loss] = toNumbers(outputs[reports + index] as Tensor) as [number];
      sums.losses.set(name, (sums.losses.get(name) ?? 0) + loss / count);
    }
    for (const [index, { name }] of sumsOf(phase).entries()) {
      sums.gradients.set(name, outputs[gradients + index] as Tensor);
    }
  }

  private async update(
    phase: Phase,
    contexts: readonly StepContext[],
    gradients: ReadonlyMap<string, Tensor>,
  ): Promise<void> {
    const program = await this.updateProgram(phase);
    const feeds = feedsFor(program.training, this.current, contexts.slice(0, 1), this.options.seed);
    const outputs = await outputsOf(program, { ...feeds, ...Object.fromEntries(gradients) });
    this.current = stateAfter(this.current, program.training, outputs);
  }

  private updateProgram(phase: Phase) {
    const name = phase.turns.map(({ optimizers }) => optimizers.join('+')).join('/');
    return this.updates.take(undefined, name, () =>
      updateGraph(this.method, this.current, this.options, phase),
    );
  }
}
