import { type Tensor, toNumbers } from '../../core/tensor.ts';
import type { Session, SessionOptions } from '../../runtime/index.ts';
import type { Method, StepContext } from '../methods/method.ts';
import { feedsFor, outputsOf, type Program, Programs, stateAfter } from './program.ts';
import type { TrainingState } from './state.ts';
import type { PictureSizes } from './step-builder.ts';
import { buildTrainingGraph, type TrainingGraph, type TrainingGraphOptions } from './training-graph.ts';

export interface StepRunnerOptions extends TrainingGraphOptions {
  readonly seed: number;
  readonly session: SessionOptions;
  /** Pictures come in sizes of their own, rather than in that of the method; default false. */
  readonly anySize?: boolean;
}

/** What one optimizer step reported. */
export interface StepReport {
  readonly step: number;
  readonly losses: Readonly<Record<string, number>>;
}

/** Takes training steps: owns the current state. */
export interface TrainingStepper {
  readonly state: TrainingState;
  /** What really runs, and why nothing faster. */
  readonly provider: Pick<Session, 'provider' | 'providerNote'>;
  /** How many steps the run that begins with step `first` takes, when `last` is the last there is. */
  stepsFrom(first: number, last: number): number;
  /** Runs consecutive steps, as many as `stepsFrom` says, and takes over the state that they lead to. */
  run(contexts: readonly StepContext[]): Promise<StepReport[]>;
  close(): Promise<void>;
}

/** Runs training steps of one batch each. */
export class StepRunner implements TrainingStepper {
  private readonly method: Method;
  private readonly options: StepRunnerOptions;
  private readonly programs: Programs;
  private current: TrainingState;

  private constructor(method: Method, state: TrainingState, options: StepRunnerOptions) {
    this.method = method;
    this.options = options;
    this.current = state;
    this.programs = new Programs(options.session);
  }

  /** Makes the graphs for pictures of the method's own size ready. */
  static async open(method: Method, state: TrainingState, options: StepRunnerOptions): Promise<StepRunner> {
    const runner = new StepRunner(method, state, options);
    const { stepsPerRun } = options;
    for (const kind of method.steps.keys()) await runner.program(kind, stepsPerRun);
    return runner;
  }

  get state(): TrainingState {
    return this.current;
  }

  get provider(): TrainingStepper['provider'] {
    return this.programs.provider;
  }

  /** What the graph is made for, or one where that would go beyond step `last` or change the kind of step. */
  stepsFrom(first: number, last: number): number {
    const { stepsPerRun } = this.options;
    const kinds = Array.from({ length: stepsPerRun }, (_, index) => this.method.stepAt(first + index));
    const fits = first + stepsPerRun - 1 <= last && kinds.every((kind) => kind === kinds[0]);
    return fits ? stepsPerRun : 1;
  }

  async run(contexts: readonly StepContext[]): Promise<StepReport[]> {
    const [first] = contexts as [StepContext];
    const kind = this.method.stepAt(first.iteration);
    const program = await this.program(kind, contexts.length, sizesOf(first, this.options));
    const { training } = program;
    const outputs = await outputsOf(program, feedsFor(training, this.current, contexts, this.options.seed));
    this.current = stateAfter(this.current, training, outputs);
    return reportsOf(training, outputs.slice(training.changed.length), contexts);
  }

  close(): Promise<void> {
    return this.programs.close();
  }

  private program(kind: number, stepsPerRun: number, pictureSizes?: PictureSizes): Promise<Program> {
    return this.programs.take(pictureSizes, `${kind}/${stepsPerRun}`, () => {
      const step = this.method.steps[kind] as Method['steps'][number];
      const options = { ...this.options, stepsPerRun, ...(pictureSizes && { pictureSizes }) };
      return buildTrainingGraph(this.method, step, this.current, options);
    });
  }
}

/** Height and width of the pictures of a step, where they are not those of the method. */
export function sizesOf(
  { batch: { A, B } }: StepContext,
  { anySize = false }: StepRunnerOptions,
): PictureSizes | undefined {
  const sizeOf = ({ dims }: Tensor) => dims.slice(2) as unknown as readonly [number, number];
  return anySize ? { A: sizeOf(A), B: sizeOf(B) } : undefined;
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
