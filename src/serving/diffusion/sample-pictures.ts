import { GuidedSampling, planesOf, seededNoise } from '../../core/diffusion/guided-sampling.ts';
import { type SamplingProgress, samplingPictures } from '../../core/diffusion/run-sampling.ts';
import { InternalError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Pixels, Size } from '../../image/index.ts';
import { Previews } from '../jobs/previews.ts';
import type { NetworkRuns } from '../network-runs.ts';
import type { TranslationWatcher } from '../pipeline.ts';
import { countedProgress } from '../sampling/counted-progress.ts';
import type { DiffusionSampling } from '../translators/diffusion-sampling.ts';
import { type DiffusionPlan, runsOf } from './plan.ts';

/** What a sampling shows of its picture. */
type Shown = Pick<SamplingProgress, 'done' | 'picture'>;

export interface PicturesToSample {
  readonly plan: DiffusionPlan;
  readonly diffusion: Pick<DiffusionSampling, 'schedule'>;
  /** The picture that is translated, bytes [1, H, W, 3]. */
  readonly source: Tensor<'uint8'>;
  readonly size: Size;
  readonly finish: (picture: Tensor) => Promise<Pixels>;
  readonly watcher: TranslationWatcher | undefined;
  /** Hears of steps that were done. */
  readonly onSteps: (count: number) => void;
}

/**
 * Samples pictures side by side, each in a loop of its own, so that at every step it shares runs with whatever else is being
 * sampled then, of this request and of others. A client that watches may take the pictures before the last step.
 * @param runs of the request; none is queued any more when this returns
 * @returns one a picture, after the step that it was taken at
 */
export async function samplePictures(
  { plan, diffusion, source, size, finish, watcher, onSteps }: PicturesToSample,
  runs: NetworkRuns,
): Promise<readonly Shown[]> {
  const { pictures: count, seed, settings, sampling: planned, step } = plan;
  const shown = new Array<Shown | undefined>(count).fill(undefined);
  const planes = planesOf(source);
  const previews = new Previews(watcher);
  const { isGuided, stepsPerRun } = step;
  const report = countedProgress(runsOf(plan), (fraction, remaining) => watcher?.report(fraction, remaining));
  const given = { size, stepsPerRun, ...(isGuided && { guidance: { source, ...settings } }) };
  const show = (place: number, progress: Shown) => {
    const isFirst = shown[place] === undefined;
    onSteps(progress.done - (shown[place]?.done ?? 0));
    shown[place] = progress;
    if (isFirst && !shown.includes(undefined)) watcher?.acceptable();
    previews.offer(report(), async (turn) => {
      const index = turn % count;
      return { index, pixels: await finish(pictureOf(shown[index])) };
    });
  };
  const sample = async (place: number) => {
    const noise = seededNoise(diffusion.schedule, { seed, place, length: planes.length });
    const loop = runs.loop(step.network);
    try {
      const steps = samplingPictures(new GuidedSampling(planned, planes, noise), given, loop.run);
      for await (const progress of steps) show(place, progress);
    } finally {
      loop.end();
    }
  };
  const all = Promise.all(shown.map((_, place) => sample(place)));
  try {
    await (watcher === undefined ? all : Promise.race([all, watcher.accepted]));
    return shown.map((each) => ({ done: each?.done ?? 0, picture: pictureOf(each) }));
  } finally {
    previews.end();
    // What goes on when the pictures were taken early ends before its next step, and nobody is told.
    all.catch(() => {});
    runs.end();
  }
}

function pictureOf(shown: Shown | undefined): Tensor<'uint8'> {
  if (shown) return shown.picture;
  throw new InternalError('a sampling was looked at before its first step');
}
