import path from 'node:path';
import { transitionColumns } from '../../core/diffusion/transition.ts';
import type { Manifest } from '../../core/manifest.ts';
import { describeNetworks, manifestOf, type PackageOptions, writeNetworks } from './model-package.ts';
import { tinyGuidedDiffusion } from './tiny-guided-diffusion.ts';

/** Of {@link writeGuidedDiffusionPackage}. */
export const tinyDiffusion = {
  size: { height: 8, width: 12 },
  schedule: { course: 'linear', steps: 1000, first: 1e-4, last: 0.02 },
  defaults: { strength: 0.5, steps: 20, solver: 'ancestral', realism: 2, faithfulness: 1, repeats: 1 },
} as const;

interface GuidedDiffusionOptions extends Omit<PackageOptions, 'onnx' | 'boundary' | 'image'> {
  /** Whether there is a step without energies. Default true. */
  readonly plain?: boolean;
}

/** Writes a package of {@link tinyGuidedDiffusion}, from `light` and `twilight` to `dark`, 12x8; returns the folder. */
export async function writeGuidedDiffusionPackage(
  root: string,
  options: GuidedDiffusionOptions,
): Promise<string> {
  const { name, version = '1', plain = true } = options;
  const { size, schedule, defaults } = tinyDiffusion;
  const { 'plain-step': plainStep, ...guided } = tinyGuidedDiffusion(size);
  const files = plain ? { ...guided, 'plain-step': plainStep } : guided;
  const manifest: Manifest = {
    ...manifestOf({ name, image: { ...size, flexible: false, multipleOf: 1 } }, version, new Uint8Array()),
    method: 'egsde',
    translator: {
      kind: 'guided-diffusion',
      step: 'step',
      ...(plain && { plainStep: 'plain-step' }),
      schedule,
      variance: 'fixedsmall',
      sources: ['light', 'twilight'],
      defaults,
    },
    networks: describeNetworks(files, faces()),
  };
  options.edit?.(manifest);
  return writeNetworks(path.join(root, name, version), manifest, files);
}

function faces() {
  const { height, width } = tinyDiffusion.size;
  const planes = (name: string) => ({ name, dtype: 'float32', shape: ['batch', 3, height, width] });
  const number = (name: string) => ({ name, dtype: 'float32', shape: ['batch'] });
  const picture = (name: string) => ({
    name,
    dtype: 'uint8',
    shape: ['batch', height, width, 3],
    layout: 'NHWC',
  });
  const plain = [
    planes('state'),
    planes('step_noise'),
    planes('previous_clean'),
    number('time'),
    { name: 'coefficients', dtype: 'float32', shape: ['batch', transitionColumns.length] },
  ];
  const guidance = [picture('source'), planes('start_noise'), number('realism'), number('faithfulness')];
  const outputs = [planes('next_state'), planes('clean'), picture('picture')];
  return {
    step: { inputs: [...plain, ...guidance], outputs },
    'plain-step': { inputs: plain, outputs },
  };
}
