import { betasOf } from '../../core/diffusion/betas.ts';
import { noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { transitionColumns } from '../../core/diffusion/transition.ts';
import type { Manifest, NetworkManifest, TensorInterface } from '../../core/manifest.ts';
import { zeros } from '../../core/tensor.ts';
import type { DiffusionSampling } from './diffusion-sampling.ts';
import { outputOf } from './network-outputs.ts';
import { describeFace, mostItems, pictureFace } from './picture-face.ts';
import { toPixels, toTensor } from './picture-tensor.ts';
import { TranslatorError, type TranslatorFactory, type WarmUpRun } from './translator.ts';

type GuidedDiffusion = Extract<Manifest['translator'], { kind: 'guided-diffusion' }>;

/**
 * Sampling guided by energies: EGSDE. `run` is one step, for clients that sample by themselves; requests for pictures make
 * a loop of steps of `diffusion`.
 */
export const guidedDiffusion: TranslatorFactory<'guided-diffusion'> = (
  manifest,
  described,
  { stepsPerRun = 1 } = {},
) => {
  const { step, plainStep, steps, schedule, sources, defaults, variance } = described;
  const guided = stepNetwork(manifest, step, guidedInputs);
  if (plainStep !== undefined) stepNetwork(manifest, plainStep, plainInputs);
  const several = stepsPerRun > 1 ? steps : undefined;
  if (several !== undefined) stepNetwork(manifest, several, severalInputs);
  const source = faceNamed(guided.inputs, 'source');
  const picture = pictureFace(faceNamed(guided.outputs, 'picture'), manifest);
  const diffusion: DiffusionSampling = {
    schedule: noiseSchedule(betasOf(schedule)),
    variance,
    sources,
    defaults,
    stepFor: ({ realism, faithfulness }) =>
      plainStep !== undefined && realism === 0 && faithfulness === 0
        ? { network: plainStep, isGuided: false, stepsPerRun: 1 }
        : { network: several ?? step, isGuided: true, stepsPerRun: several === undefined ? 1 : stepsPerRun },
  };
  return {
    inputs: guided.inputs,
    outputs: guided.outputs,
    attributes: undefined,
    prepare: async (pixels) => ({ source: await toTensor(pixels, source) }),
    run: async (feeds, runNetwork) => [await runNetwork(step, feeds)],
    finish: async (outputs) => toPixels(outputOf(outputs, picture, step), picture),
    warmUp: async () => warmUpRuns(manifest, { ...described, steps: several }, stepsPerRun),
    maxBatch: (network) => mostItems(manifest.networks[network] as NetworkManifest),
    diffusion,
  };
};

/** Inputs of a step, by how they are shaped: see `stepFeeds`. */
const plainInputs = {
  state: 'planes',
  step_noise: 'planes',
  previous_clean: 'planes',
  time: 'number',
  coefficients: 'transition',
} as const;
const guidedInputs = {
  ...plainInputs,
  source: 'picture',
  start_noise: 'planes',
  realism: 'number',
  faithfulness: 'number',
} as const;

/** Of several steps in one run: what differs from step to step has them as its second axis. */
const severalInputs = {
  ...guidedInputs,
  step_noise: 'planes of steps',
  time: 'numbers of steps',
  coefficients: 'transitions of steps',
} as const;

type Shape =
  | (typeof guidedInputs)[keyof typeof guidedInputs]
  | (typeof severalInputs)[keyof typeof severalInputs];

/** What one item is of each. @param steps their number, or a name for any */
function shapesOf(
  { image: { height, width } }: Manifest,
  steps: number | string = 'k',
): Record<Shape, Pick<TensorInterface, 'dtype' | 'shape'>> {
  return {
    planes: { dtype: 'float32', shape: [3, height, width] },
    number: { dtype: 'float32', shape: [] },
    transition: { dtype: 'float32', shape: [transitionColumns.length] },
    picture: { dtype: 'uint8', shape: [height, width, 3] },
    'planes of steps': { dtype: 'float32', shape: [steps, 3, height, width] },
    'numbers of steps': { dtype: 'float32', shape: [steps] },
    'transitions of steps': { dtype: 'float32', shape: [steps, transitionColumns.length] },
  };
}

/** @throws TranslatorError when a network is no step of a diffusion */
function stepNetwork(
  manifest: Manifest,
  name: string,
  expected: Readonly<Record<string, Shape>>,
): NetworkManifest {
  const network = manifest.networks[name] as NetworkManifest;
  const shapes = shapesOf(manifest);
  const inputs = Object.entries(expected).map(([input, shape]) => ({ name: input, ...shapes[shape] }));
  const outputs = [
    { name: 'next_state', ...shapes.planes },
    { name: 'clean', ...shapes.planes },
    { name: 'picture', ...shapes.picture },
  ];
  const surplus = network.inputs.filter(({ name: input }) => !(input in expected));
  for (const face of surplus)
    throw new TranslatorError(`network "${name}": ${describeFace(face)}; a step has no such input`);
  for (const face of inputs) requireFace(name, network.inputs, face);
  for (const face of outputs) requireFace(name, network.outputs, face);
  return network;
}

/** @param item without the dimension that counts items */
function requireFace(network: string, faces: readonly TensorInterface[], item: TensorInterface): void {
  const expected = `${item.dtype} [n, ${item.shape.join(', ')}]`.replace(', ]', ']');
  const face = faces.find(({ name }) => name === item.name);
  if (face === undefined) {
    throw new TranslatorError(
      `network "${network}" has no "${item.name}", ${expected}; expected a step of a diffusion, got ${faces.map(describeFace).join(', ')}`,
    );
  }
  const [, ...shape] = face.shape;
  const fits =
    shape.length === item.shape.length && shape.every((side, axis) => fitsSide(side, item.shape[axis]));
  if (fits && face.shape.length > 0 && face.dtype === item.dtype) return;
  throw new TranslatorError(`network "${network}": ${describeFace(face)}; expected ${expected}`);
}

/** A name stands for any number. */
function fitsSide(side: number | string, expected: number | string | undefined): boolean {
  return typeof expected === 'string' ? typeof side === 'string' : side === expected;
}

function faceNamed(faces: readonly TensorInterface[], name: string): TensorInterface {
  return faces.find((face) => face.name === name) as TensorInterface;
}

function warmUpRuns(
  manifest: Manifest,
  { step, plainStep, steps }: Pick<GuidedDiffusion, 'step' | 'plainStep' | 'steps'>,
  stepsPerRun: number,
): readonly WarmUpRun[] {
  const shapes = shapesOf(manifest, stepsPerRun);
  const feedsOf = (inputs: Readonly<Record<string, Shape>>) =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, shape]) => {
        const { dtype, shape: item } = shapes[shape];
        return [name, zeros(dtype, [1, ...(item as number[])])];
      }),
    );
  return [
    { network: step, feeds: feedsOf(guidedInputs) },
    ...(plainStep === undefined ? [] : [{ network: plainStep, feeds: feedsOf(plainInputs) }]),
    ...(steps === undefined ? [] : [{ network: steps, feeds: feedsOf(severalInputs) }]),
  ];
}
