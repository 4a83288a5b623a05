import { GuidedSampling, seededNoise } from '../../core/diffusion/guided-sampling.ts';
import { samplingPictures } from '../../core/diffusion/run-sampling.ts';
import { samplingPlan } from '../../core/diffusion/sampling-plan.ts';
import { InternalError } from '../../core/errors.ts';
import { type Pixels, pixelsFrom } from '../../image/index.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session } from '../../runtime/index.ts';
import type { ScoreConfig } from '../config/egsde.ts';
import { unguidedStepGraph } from '../export/guided-step-graph.ts';
import { scheduleOfNoise } from '../methods/egsde/diffused.ts';
import { scoreName, scoreNetworkOf } from '../methods/egsde/networks.ts';
import type { Method } from '../methods/method.ts';
import { type Preview, type Previews, writePreview } from '../previews.ts';
import { stateDictOf, type TrainingState } from '../step/state.ts';
import type { TrainingRun } from '../training-run.ts';

/** Enough to see how far training has come; a step costs as much as a translation. */
const mostSteps = 20;

/** Pictures that the score network makes of noise alone: the same noise at any moment of a run. */
export class SamplePreviews implements Previews {
  private readonly run: TrainingRun;
  private readonly config: ScoreConfig;
  private readonly method: Method;

  constructor(run: TrainingRun, config: ScoreConfig, method: Method) {
    this.run = run;
    this.config = config;
    this.method = method;
  }

  async write(state: TrainingState, step: number): Promise<Preview[]> {
    const session = await Session.create(serialize(this.stepGraph(state)), this.run.session);
    try {
      const row: Pixels[] = [];
      for (let place = 0; place < this.config.previewPictures; place++) {
        row.push(await this.sample(session, place));
      }
      return [await writePreview(this.run, { step, name: 'samples' }, [row])];
    } finally {
      await session.dispose();
    }
  }

  async close(): Promise<void> {}

  private stepGraph(state: TrainingState) {
    const { options, cropSize, averageDecay } = this.config;
    const { forward } = scoreNetworkOf(options, [1, 3, cropSize, cropSize]);
    const weights = stateDictOf(this.method, state, scoreName, averageDecay > 0);
    return unguidedStepGraph({ score: { weights, forward }, size: this.size });
  }

  /** From noise to the end, in a few steps of the second order. */
  private async sample(session: Session, place: number): Promise<Pixels> {
    const { size } = this;
    const length = 3 * size.height * size.width;
    const schedule = scheduleOfNoise(this.config.options.noise);
    const steps = Math.min(mostSteps, this.config.options.noise.steps);
    const plan = samplingPlan(schedule, { strength: 1, steps, solver: 'second-order' });
    const noise = seededNoise(schedule, { seed: 0, place, length });
    const sampling = new GuidedSampling(plan, new Float32Array(length), noise);
    for await (const { done, total, picture } of samplingPictures(sampling, { size }, (feeds) =>
      session.run(feeds),
    )) {
      if (done === total) return pixelsFrom(size, picture.data);
    }
    throw new InternalError('a sampling ended without its last step');
  }

  private get size() {
    return { height: this.config.cropSize, width: this.config.cropSize };
  }
}
