import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Random } from '../../src/core/random.ts';
import { float32, type Tensor } from '../../src/core/tensor.ts';
import { serialize } from '../../src/onnx/serialize.ts';
import { Session, type SessionOptions } from '../../src/runtime/index.ts';
import {
  mergeSettings,
  parseTrainingConfig,
  presetOf,
  type TrainingConfig,
} from '../../src/training/config/index.ts';
import { methodOf } from '../../src/training/methods/index.ts';
import type { Method, StepContext, StepKind } from '../../src/training/methods/method.ts';
import { initialState, type TrainingState } from '../../src/training/step/state.ts';
import { StepRunner } from '../../src/training/step/step-runner.ts';
import { buildTrainingGraph, type TrainingGraph } from '../../src/training/step/training-graph.ts';
import { type RunTimes, timesOfLastRun } from './operator-times.ts';

/** Which step: a preset of the method, with some of its sizes changed. */
export interface StepRequest {
  readonly method: string;
  readonly preset: string;
  /** Side of the pictures in pixels. */
  readonly side: number;
  /** Filters of generator and discriminator; default: the preset's. */
  readonly filters?: number | undefined;
}

const seed = 0;

/** Where a method has several kinds of step, the one that updates everything comes first. */
const fullStep = 0;

const graphOptions = {
  averageDecay: 0,
  stepsPerRun: 1,
  learningRateAt: () => 1,
};

/** One training step on random pictures: its graph, its runs as `unpaired train` does them, and its profile. */
export class TrainingStep {
  readonly config: TrainingConfig;
  readonly training: TrainingGraph;
  private readonly method: Method;
  private readonly state: TrainingState;
  private readonly session: SessionOptions;

  constructor({ method, preset, side, filters }: StepRequest, session: SessionOptions) {
    const sizes = filters === undefined ? {} : { generator: { filters }, discriminator: { filters } };
    const own = { method, data: 'random pictures', loadSize: side, cropSize: side, options: sizes };
    this.config = parseTrainingConfig(mergeSettings(presetOf(preset, method), own));
    this.method = methodOf(this.config);
    this.state = initialState(this.method, seed, false);
    this.training = buildTrainingGraph(this.method, this.kind, this.state, graphOptions);
    this.session = session;
  }

  /** Opens the step as training does; each call of the result runs the next step. */
  async open(): Promise<{ step: () => Promise<void>; close: () => Promise<void> }> {
    const runner = await StepRunner.open(this.method, this.state, {
      ...graphOptions,
      seed,
      session: this.session,
    });
    let iteration = 0;
    const batch = this.pictures();
    const step = async () => {
      do iteration++;
      while (this.method.stepAt(iteration) !== fullStep);
      await runner.run([{ iteration, epoch: 1, batch }]);
    };
    return { step, close: () => runner.close() };
  }

  /** Time of each operator in the second run of a session; recording costs a little time itself. */
  async profile(): Promise<RunTimes> {
    const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-bench-'));
    try {
      const options = { ...this.session, profile: path.join(folder, 'step') };
      const session = await Session.create(serialize(this.training.graph), options);
      const feeds = this.feeds();
      for (let run = 0; run < 2; run++) await session.run(feeds);
      const file = session.endProfiling();
      await session.dispose();
      return timesOfLastRun(JSON.parse(await readFile(file, 'utf8')));
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  private get kind(): StepKind {
    return this.method.steps[fullStep] as StepKind;
  }

  private feeds(): Record<string, Tensor> {
    const context = { iteration: 1, epoch: 1, batch: this.pictures() };
    const feeds = this.training.feeds.map(
      (feed) => [feed.name, feed.provide(context, Random.of(seed, 'step', 1, feed.name))] as const,
    );
    const inputs = new Set(this.training.graph.inputs.map(({ name }) => name));
    return Object.fromEntries([...this.state, ...feeds].filter(([name]) => inputs.has(name)));
  }

  private pictures(): StepContext['batch'] {
    const { batchSize, cropSize } = this.config;
    const shape = [batchSize, 3, cropSize, cropSize];
    const draw = (domain: string) =>
      float32(
        shape,
        Random.of(seed, domain).fill(batchSize * 3 * cropSize ** 2, (random) => 2 * random.uniform() - 1),
      );
    return { A: draw('A'), B: draw('B') };
  }
}
