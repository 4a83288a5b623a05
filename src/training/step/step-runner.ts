import { Random } from '../../core/random.ts';
import { type Tensor, toNumbers } from '../../core/tensor.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session, type SessionOptions } from '../../runtime/index.ts';
import type { Method, StepContext } from '../methods/method.ts';
import type { TrainingState } from './state.ts';
import {
  buildTrainingGraph,
  stackFeeds,
  type TrainingGraph,
  type TrainingGraphOptions,
} from './training-graph.ts';

export interface StepRunnerOptions extends TrainingGraphOptions {
  readonly seed: number;
  readonly session: SessionOptions;
}

/** What one optimizer step reported. */
export interface StepReport {
  readonly step: number;
  readonly losses: Readonly<Record<string, number>>;
}

interface Program {
  readonly training: TrainingGraph;
  readonly session: Session;
}

/** Runs training steps: owns the sessions and the current state. */
export class StepRunner {
  private readonly method: Method;
  private readonly options: StepRunnerOptions;
  /** By kind of step and steps in a run, made when they are first needed. */
  private readonly programs = new Map<string, Program>();
  private current: TrainingState;

  private constructor(method: Method, state: TrainingState, options: StepRunnerOptions) {
    this.method = method;
    this.options = options;
    this.current = state;
  }

  static async open(method: Method, state: TrainingState, options: StepRunnerOptions): Promise<StepRunner> {
    const runner = new StepRunner(method, state, options);
    for (const kind of method.steps.keys()) await runner.program(kind, options.stepsPerRun);
    return runner;
  }

  get state(): TrainingState {
    return this.current;
  }

  /** What really runs, and why nothing faster. */
  get provider(): Pick<Session, 'provider' | 'providerNote'> {
    const [program] = this.programs.values();
    return (program as Program).session;
  }

  /**
   * How many steps the run that begins with step `first` takes: what the graph is made for, or one where that would go
   * beyond step `last` or change the kind of step.
   */
  stepsFrom(first: number, last: number): number {
    const { stepsPerRun } = this.options;
    const kinds = Array.from({ length: stepsPerRun }, (_, index) => this.method.stepAt(first + index));
    const fits = first + stepsPerRun - 1 <= last && kinds.every((kind) => kind === kinds[0]);
    return fits ? stepsPerRun : 1;
  }

  /** Runs consecutive steps, as many as `stepsFrom` says, and takes over the state that they lead to. */
  async run(contexts: readonly StepContext[]): Promise<StepReport[]> {
    const [first] = contexts as [StepContext];
    const { training, session } = await this.program(this.method.stepAt(first.iteration), contexts.length);
    const outputs = await session.run(this.feedsFor(training, contexts));
    const values = training.graph.outputs.map(({ name }) => outputs[name] as Tensor);
    const next = new Map(this.current);
    for (const [index, name] of training.changed.entries()) next.set(name, values[index] as Tensor);
    this.current = next;
    return reportsOf(training, values.slice(training.changed.length), contexts);
  }

  async close(): Promise<void> {
    await Promise.all([...this.programs.values()].map(({ session }) => session.dispose()));
  }

  private async program(kind: number, stepsPerRun: number): Promise<Program> {
    const key = `${kind}/${stepsPerRun}`;
    const known = this.programs.get(key);
    if (known !== undefined) return known;
    const step = this.method.steps[kind] as Method['steps'][number];
    const training = buildTrainingGraph(this.method, step, this.current, { ...this.options, stepsPerRun });
    const session = await Session.create(serialize(training.graph), this.options.session);
    const program = { training, session };
    this.programs.set(key, program);
    return program;
  }

  private feedsFor(training: TrainingGraph, contexts: readonly StepContext[]): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    for (const { name } of training.graph.inputs) {
      const state = this.current.get(name);
      if (state !== undefined) feeds[name] = state;
    }
    for (const feed of training.feeds) {
      const steps = contexts.map((context) =>
        feed.provide(context, Random.of(this.options.seed, 'step', context.iteration, feed.name)),
      );
      feeds[feed.name] = training.stepsPerRun === 1 ? (steps[0] as Tensor) : stackFeeds(steps);
    }
    return feeds;
  }
}

/** @param values one a reported scalar, with an element a step */
function reportsOf(
  training: TrainingGraph,
  values: readonly Tensor[],
  contexts: readonly StepContext[],
): StepReport[] {
  const series = values.map(toNumbers);
  return contexts.map(({ iteration }, index) => ({
    step: iteration,
    losses: Object.fromEntries(
      training.reports.map((name, report) => [name, (series[report] as number[])[index] as number]),
    ),
  }));
}
