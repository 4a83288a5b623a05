import { Random } from '../../core/random.ts';
import { elementCount, float32, int64, type Tensor } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session } from '../../runtime/index.ts';
import type { ClassifierConfig } from '../config/egsde.ts';
import type { StepBatches } from '../data/index.ts';
import { noised } from '../diffusion/noised.ts';
import { liveScope, liveWeights } from '../live-weights.ts';
import { domains } from '../methods/domains.ts';
import { scheduleOfNoise } from '../methods/egsde/diffused.ts';
import { classifierName, classifierOf } from '../methods/egsde/networks.ts';
import type { Method } from '../methods/method.ts';
import type { TrainingState } from '../step/state.ts';
import type { TrainingRun } from '../training-run.ts';
import type { HeldOutFigures } from '../training-source.ts';

/** Test pictures of each domain that are looked at. */
const pictures = 32;

/** Shares of the process at which they are noised: those that translations go through. */
const moments = [0.1, 0.3, 0.5];

/** A test picture as it is shown to the classifier: noised always by the same noise. */
interface Shown {
  readonly clean: Tensor;
  readonly noise: Tensor;
  readonly times: Tensor;
  readonly domain: number;
}

/**
 * How often the classifier, at the weights of a moment, knows the domain of test pictures: `held_out_accuracy`. One that
 * learns its training pictures by heart has a figure that falls behind `accuracy`.
 */
export class HeldOutAccuracy implements HeldOutFigures {
  private readonly shown: readonly Shown[];
  private readonly weightsOf: (state: TrainingState) => Record<string, Tensor>;
  private readonly session: Session;

  private constructor(shown: readonly Shown[], weightsOf: HeldOutAccuracy['weightsOf'], session: Session) {
    this.shown = shown;
    this.weightsOf = weightsOf;
    this.session = session;
  }

  /** @returns undefined without test pictures of both domains */
  static async open(
    run: TrainingRun,
    config: ClassifierConfig,
    method: Method,
    batches: StepBatches,
  ): Promise<HeldOutAccuracy | undefined> {
    const { cropSize, options, averageDecay } = config;
    const found = await Promise.all(
      domains.map((domain) => batches.testPictures(domain, pictures, cropSize)),
    );
    if (found.some(({ length }) => length === 0)) return undefined;
    const shown = found.flatMap((ofDomain, domain) =>
      ofDomain.flatMap((clean, index) => shownAt(clean, options.noise.steps, { domain, index })),
    );
    const session = await Session.create(serialize(classGraph(config, method)), run.session);
    const { inputNames } = session;
    const chosen = { networks: [classifierName], averaged: averageDecay > 0, inputNames };
    return new HeldOutAccuracy(shown, (state) => liveWeights(method, state, chosen), session);
  }

  async measure(state: TrainingState): Promise<Record<string, number>> {
    const weights = this.weightsOf(state);
    let right = 0;
    for (const { clean, noise, times, domain } of this.shown) {
      const { classes } = await this.session.run({ ...weights, clean, noise, times });
      if (Number(classes?.data[0]) === domain) right++;
    }
    return { held_out_accuracy: right / this.shown.length };
  }

  close(): Promise<void> {
    return this.session.dispose();
  }
}

function shownAt(clean: Tensor, steps: number, place: { domain: number; index: number }): Shown[] {
  const { domain, index } = place;
  return moments.map((moment) => {
    const random = Random.of(0, 'held out', domain, index, moment);
    const noise = random.fill(elementCount(clean.dims), (stream) => stream.normal());
    const times = int64([1], [Math.floor(moment * steps)]);
    return { clean, noise: float32(clean.dims, noise), times, domain };
  });
}

/** `classes` [1], the likelier domain of a picture `clean` when it is noised by `noise` up to `times`. */
function classGraph({ options, cropSize }: ClassifierConfig, method: Method) {
  const g = new GraphBuilder('classifier, weights as inputs');
  const shape = [1, 3, cropSize, cropSize] as const;
  const shown = {
    clean: g.input('clean', 'float32', shape),
    noise: g.input('noise', 'float32', shape),
    times: g.input('times', 'int64', [1]),
  };
  const noisy = noised(g, shown, scheduleOfNoise(options.noise));
  const classifier = classifierOf(options, shape);
  const scope = liveScope(g, method, classifierName);
  const logits = classifier.logits(scope, noisy, g.Cast(shown.times, 'float32'));
  return optimize(g.build({ classes: g.ArgMax(logits, { axis: 1, keepdims: 0 }) }));
}
