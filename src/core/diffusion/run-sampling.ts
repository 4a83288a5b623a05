import { float32, type Tensor } from '../tensor.ts';
import type { GuidedSampling, GuidedStep, LaterStep } from './guided-sampling.ts';
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
export function stepFeeds(step: GuidedStep, size: PictureSize, guidance?: Guidance): Record<string, Tensor> {
  return { ...sampleFeeds(step, size, guidance), ...stacked([step], size, []) };
}

/** The same of a network that runs several steps: what differs from step to step is stacked along a second axis. */
export function stepsFeeds(
  steps: readonly [GuidedStep, ...LaterStep[]],
  size: PictureSize,
  guidance?: Guidance,
): Record<string, Tensor> {
  return { ...sampleFeeds(steps[0], size, guidance), ...stacked(steps, size, [steps.length]) };
}

/** What is asked once a run. */
function sampleFeeds(
  step: GuidedStep,
  { height, width }: PictureSize,
  guidance: Guidance | undefined,
): Record<string, Tensor> {
  const planes = (values: Float32Array) =>
    float32([1, values.length / (height * width), height, width], values);
  const feeds = { state: planes(step.state), previous_clean: planes(step.previousClean) };
  if (guidance === undefined) return feeds;
  return {
    ...feeds,
    source: guidance.source,
    start_noise: planes(step.startNoise),
    realism: float32([1], [guidance.realism]),
    faithfulness: float32([1], [guidance.faithfulness]),
  };
}

/** What is asked of each step. @param count the axis of steps, where there is one */
function stacked(
  steps: readonly LaterStep[],
  { height, width }: PictureSize,
  count: readonly number[],
): Record<string, Tensor> {
  const length = steps[0]?.stepNoise.length ?? 0;
  const noise = new Float32Array(steps.length * length);
  for (const [index, { stepNoise }] of steps.entries()) noise.set(stepNoise, index * length);
  const coefficients = steps.flatMap(({ transition }) => transitionColumns.map((name) => transition[name]));
  return {
    step_noise: float32([1, ...count, length / (height * width), height, width], noise),
    time: float32(
      [1, ...count],
      steps.map(({ time }) => time),
    ),
    coefficients: float32([1, ...count, transitionColumns.length], coefficients),
  };
}

/**
 * Runs a sampling to its end, or for as long as somebody wants its pictures.
 * @param given.stepsPerRun of the network: 1, or as many as are run at once, so that there are as many fewer pictures
 * @param run runs the network of a step, for example in a batch with steps of other samplings
 * @throws what `run` throws
 */
export async function* samplingPictures(
  sampling: GuidedSampling,
  given: { readonly size: PictureSize; readonly guidance?: Guidance; readonly stepsPerRun?: number },
  run: (feeds: Record<string, Tensor>) => Promise<StepOutputs>,
): AsyncGenerator<SamplingProgress, void, undefined> {
  const { size, guidance, stepsPerRun = 1 } = given;
  for (let step = sampling.step; step !== undefined; step = sampling.step) {
    const steps = [step, ...sampling.following(stepsPerRun - 1)] as const;
    const feeds = stepsPerRun === 1 ? stepFeeds(step, size, guidance) : stepsFeeds(steps, size, guidance);
    const outputs = await run(feeds);
    const [state, clean] = [outputs.next_state, outputs.clean] as [Tensor<'float32'>, Tensor<'float32'>];
    sampling.take({ state: state.data, clean: clean.data }, steps.length);
    yield { done: sampling.done, total: sampling.total, picture: outputs.picture as Tensor<'uint8'> };
  }
}
