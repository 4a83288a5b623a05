import path from 'node:path';
import { samplingText } from '../core/diffusion/sampling-text.ts';
import { InvalidArgumentError } from '../core/errors.ts';
import type { Manifest } from '../core/manifest.ts';
import {
  type EvaluationRequest,
  type GuidedSettings,
  guidedSettings,
  openGuidedModel,
  type PictureSet,
  translateGuided,
} from '../evaluation/index.ts';
import { availableThreads } from '../runtime/index.ts';
import type { EvaluateFlags, EvaluationSurroundings } from './evaluate-settings.ts';
import { requireOneOutput } from './sample-model.ts';

export type GuidedManifest = Parameters<typeof openGuidedModel>[1];

interface GuidedSampling {
  readonly manifest: GuidedManifest;
  readonly source: PictureSet;
  /** Folder for the outputs. */
  readonly out: string;
}

/** Whether a model makes a picture in many steps of sampling. */
export function samplesInSteps(manifest: Manifest): manifest is GuidedManifest {
  return manifest.translator.kind === 'guided-diffusion';
}

/** Those of the settings that were given. */
export function saidSettings(flags: Partial<GuidedSettings>): Partial<GuidedSettings> {
  const { strength, steps, solver, realism, faithfulness, repeats } = flags;
  const all = { strength, steps, solver, realism, faithfulness, repeats };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** @throws InvalidArgumentError when a model that does not sample is told how to */
export function requireSampling(manifest: Manifest, flags: EvaluateFlags): void {
  const [said] = Object.keys(saidSettings(flags));
  if (said === undefined || samplesInSteps(manifest)) return;
  throw new InvalidArgumentError(
    `${manifest.name}/${manifest.version} does not sample in steps; --${said} is for models of EGSDE`,
  );
}

/** Translates by sampling, as the model or the options say. */
export async function sampleGuided(
  { manifest, source, out }: GuidedSampling,
  flags: EvaluateFlags,
  { signal, status }: EvaluationSurroundings,
): Promise<Pick<EvaluationRequest, 'translated'> & { readonly how: string }> {
  const { models, seed, provider, threads = availableThreads() } = flags;
  requireOneOutput(manifest, flags);
  const settings = guidedSettings(manifest, saidSettings(flags));
  const folder = path.join(models, manifest.name, manifest.version);
  const model = await openGuidedModel(folder, manifest, { provider, threads });
  try {
    const translated = await translateGuided({
      ...{ model, settings, out, seed, signal },
      source: { ...source, policy: manifest.image },
      onProgress: (text) => status.show(text),
    });
    return { translated, how: `sampled with ${samplingText(settings)}` };
  } finally {
    await model.dispose();
  }
}
