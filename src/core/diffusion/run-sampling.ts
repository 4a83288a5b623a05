import { float32, type Tensor } from '../tensor.ts';
import type { GuidedSampling, GuidedStep } from './guided-sampling.ts';
import { transitionColumns } from './transition.ts';

/** What guides a sampling; a network without energies takes none. */
export interface Guidance {
  /** Bytes [1, H, W, 3]. */
  readonly source: Tensor<'uint8'>;
  /** lambda_s. */
  readonly realism: number;
  /** lambda_i. */
  readonly faithfulness: number;
}

interface PictureSize {
  readonly height: number;
  readonly width: number;
}

/** How far a sampling is. */
export interface SamplingProgress {
  readonly done: number;
  readonly total: number;
  /** The clean picture as it is predicted now, after the last step the result: bytes [1, H, W, 3]. */
  readonly picture: Tensor<'uint8'>;
}

/** What the network of a step gives for one sample. */
type StepOutputs = Readonly<Record<string, Tensor>>;

/** The inputs of the network of a step, for one sample: several are joined along their first axis. */
export function stepFeeds(
  step: GuidedStep,
  { height, width }: PictureSize,
  guidance?: Guidance,
): Record<string, Tensor> {
  const planes = (values: Float32Array) =>
    float32([1, values.length / (height * width), height, width], values);
  const coefficients = transitionColumns.map((name) => step.transition[name]);
  const feeds = {
    state: planes(step.state),
    step_noise: planes(step.stepNoise),
    previous_clean: planes(step.previousClean),
    time: float32([1], [step.time]),
    coefficients: float32([1, coefficients.length], coefficients),
  };
  if (guidance === undefined) return feeds;
  return {
    ...feeds,
    source: guidance.source,
    start_noise: planes(step.startNoise),
    realism: float32([1], [guidance.realism]),
    faithfulness: float32([1], [guidance.faithfulness]),
  };
}

/**
 * Runs a sampling to its end, or for as long as somebody wants its pictures.
 * @param run runs the network of a step, for example in a batch with steps of other samplings
 * @throws what `run` throws
 */
export async function* samplingPictures(
  sampling: GuidedSampling,
  given: { readonly size: PictureSize; readonly guidance?: Guidance },
  run: (feeds: Record<string, Tensor>) => Promise<StepOutputs>,
): AsyncGenerator<SamplingProgress, void, undefined> {
  for (let step = sampling.step; step !== undefined; step = sampling.step) {
    const outputs = await run(stepFeeds(step, given.size, given.guidance));
    sampling.take({
      state: (outputs.next_state as Tensor<'float32'>).data,
      clean: (outputs.clean as Tensor<'float32'>).data,
    });
    yield { done: sampling.done, total: sampling.total, picture: outputs.picture as Tensor<'uint8'> };
  }
}
