import { UnpairedError } from '../../core/errors.ts';
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

/** A loss is not finite any more: the weights behind it are of no use. */
export class TrainingDivergedError extends UnpairedError {
  constructor(step: number, term: string, value: number) {
    super(`training diverged: ${term} is ${value} at step ${step}`, {
      code: 'TRAINING_DIVERGED',
      status: 500,
    });
  }
}

/** What one optimizer step reported. */
export interface StepReport {
  readonly step: number;
  readonly losses: Readonly<Record<string, number>>;
}

/** Runs training steps: owns the sessions and the current state. */
export class StepRunner {
  private readonly method: Method;
  private readonly seed: number;
  private readonly programs: readonly { readonly training: TrainingGraph; readonly session: Session }[];
  private current: TrainingState;

  private constructor(method: Method, seed: number, state: TrainingState, programs: StepRunner['programs']) {
    this.method = method;
    this.seed = seed;
    this.current = state;
    this.programs = programs;
  }

  static async open(
    method: Method,
    state: TrainingState,
    options: TrainingGraphOptions & { readonly seed: number; readonly session: SessionOptions },
  ): Promise<StepRunner> {
    const programs: { training: TrainingGraph; session: Session }[] = [];
    for (const kind of method.steps) {
      const training = buildTrainingGraph(method, kind, state, options);
      programs.push({ training, session: await Session.create(serialize(training.graph), options.session) });
    }
    return new StepRunner(method, options.seed, state, programs);
  }

  get state(): TrainingState {
    return this.current;
  }

  /** What really runs. */
  get provider(): string {
    return (this.programs[0] as StepRunner['programs'][number]).session.provider;
  }

  /**
   * Runs as many steps as there are contexts, which must be what one run of the graph takes.
   * @throws TrainingDivergedError when a reported loss is not finite; the state is then the one before
   */
  async run(contexts: readonly StepContext[]): Promise<StepReport[]> {
    const [first] = contexts as [StepContext];
    const { training, session } = this.programs[
      this.method.stepAt(first.iteration)
    ] as StepRunner['programs'][number];
    const outputs = await session.run(this.feedsFor(training, contexts));
    const values = training.graph.outputs.map(({ name }) => outputs[name] as Tensor);
    const reports = this.reportsOf(training, values.slice(training.changed.length), contexts);
    const next = new Map(this.current);
    for (const [index, name] of training.changed.entries()) next.set(name, values[index] as Tensor);
    this.current = next;
    return reports;
  }

  async close(): Promise<void> {
    await Promise.all(this.programs.map(({ session }) => session.dispose()));
  }

  private feedsFor(training: TrainingGraph, contexts: readonly StepContext[]): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    for (const { name } of training.graph.inputs) {
      const state = this.current.get(name);
      if (state !== undefined) feeds[name] = state;
    }
    for (const feed of training.feeds) {
      const steps = contexts.map((context) =>
        feed.provide(context, Random.of(this.seed, 'step', context.iteration, feed.name)),
      );
      feeds[feed.name] = training.stepsPerRun === 1 ? (steps[0] as Tensor) : stackFeeds(steps);
    }
    return feeds;
  }

  private reportsOf(
    training: TrainingGraph,
    values: readonly Tensor[],
    contexts: readonly StepContext[],
  ): StepReport[] {
    const series = values.map(toNumbers);
    return contexts.map(({ iteration }, index) => {
      const losses = Object.fromEntries(
        training.reports.map((name, report) => [name, (series[report] as number[])[index] as number]),
      );
      for (const [term, value] of Object.entries(losses)) {
        if (!Number.isFinite(value)) throw new TrainingDivergedError(iteration, term, value);
      }
      return { step: iteration, losses };
    });
  }
}
