import type { Tensor } from '../tensor.ts';
import { GuidedSampling, planesOf, seededNoise } from './guided-sampling.ts';
import type { NoiseSchedule } from './noise-schedule.ts';
import { samplingPictures } from './run-sampling.ts';
import { type SamplingOptions, samplingPlan } from './sampling-plan.ts';

export interface PictureSampling {
  /** Bytes [1, H, W, 3]. */
  readonly source: Tensor<'uint8'>;
  readonly schedule: NoiseSchedule;
  readonly options: SamplingOptions;
  /** lambda_s. */
  readonly realism: number;
  /** lambda_i. */
  readonly faithfulness: number;
  /** Whether the network that is run takes them. */
  readonly withEnergies: boolean;
  readonly seed: number;
  /** Tells apart pictures of one seed. Default 0. */
  readonly place?: number;
  /** Of a network that runs several. Default 1. */
  readonly stepsPerRun?: number;
}

/**
 * Samples one picture from beginning to end.
 * @param run runs the network of a step, or of several
 * @returns bytes [1, H, W, 3]
 * @throws InvalidArgumentError naming the option that is out of range; what `run` throws
 */
export async function sampledPicture(
  sampling: PictureSampling,
  run: (feeds: Record<string, Tensor>) => Promise<Readonly<Record<string, Tensor>>>,
): Promise<Tensor<'uint8'>> {
  const { source, schedule, options, realism, faithfulness, seed } = sampling;
  const { withEnergies, place = 0, stepsPerRun = 1 } = sampling;
  const [, height = 0, width = 0] = source.dims;
  const noise = seededNoise(schedule, { seed, place, length: source.data.length });
  const steps = new GuidedSampling(samplingPlan(schedule, options), planesOf(source), noise);
  let result = source;
  const given = {
    size: { height, width },
    stepsPerRun,
    ...(withEnergies && { guidance: { source, realism, faithfulness } }),
  };
  for await (const { picture } of samplingPictures(steps, given, run)) result = picture;
  return result;
}
