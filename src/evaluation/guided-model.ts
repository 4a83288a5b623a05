import { betasOf } from '../core/diffusion/betas.ts';
import { noiseSchedule } from '../core/diffusion/noise-schedule.ts';
import { sampledPicture } from '../core/diffusion/sampled-picture.ts';
import { samplingPlan } from '../core/diffusion/sampling-plan.ts';
import type { Manifest, NetworkManifest } from '../core/manifest.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Pixels } from '../image/index.ts';
import type { Session, SessionOptions } from '../runtime/index.ts';
import { openNetworks } from './open-networks.ts';
import { pictureTensor, pixelsOf } from './picture-tensor.ts';

type GuidedDiffusion = Extract<Manifest['translator'], { readonly kind: 'guided-diffusion' }>;
export type GuidedManifest = Manifest & { readonly translator: GuidedDiffusion };

/** How pictures are sampled: what a request says. */
export type GuidedSettings = GuidedDiffusion['defaults'];

/**
 * What is said of the settings, and the rest by the model: by itself no more steps than the strength has times, as the service
 * does.
 * @throws InvalidArgumentError naming the setting that is out of range
 */
export function guidedSettings(
  { translator: { defaults, schedule } }: GuidedManifest,
  said: Partial<GuidedSettings>,
): GuidedSettings {
  const { strength } = { ...defaults, ...said };
  const times = Math.max(1, Math.round(strength * schedule.steps));
  const settings = { ...defaults, steps: Math.min(defaults.steps, times), ...said };
  samplingPlan(noiseSchedule(betasOf(schedule)), settings);
  return settings;
}

/** A model that samples in many steps, open: one picture at a time, as a batch pays no CPU. */
export interface GuidedModel {
  /**
   * @param picture of the size of the model
   * @param from seed, and which of its pictures this is
   * @throws InvalidArgumentError naming the setting that is out of range; the signal's reason when it fires
   */
  translate(
    picture: Pixels,
    settings: GuidedSettings,
    from: { readonly seed: number; readonly place: number; readonly signal: AbortSignal },
  ): Promise<Pixels>;
  dispose(): Promise<void>;
}

/** Of a network of several, on a device where copies cost. */
const stepsPerRun = 10;

/**
 * Opens the networks of a package.
 * @param folder of the package, whose files have been checked
 * @throws the errors of `Session.create`
 */
export async function openGuidedModel(
  folder: string,
  { networks, translator }: GuidedManifest,
  options: SessionOptions,
): Promise<GuidedModel> {
  const { step, plainStep, steps, variance } = translator;
  const schedule = noiseSchedule(betasOf(translator.schedule));
  const keys = [step, ...[plainStep, steps].filter((key) => key !== undefined)];
  const open = await openNetworks(
    folder,
    keys.map((key) => networks[key] as NetworkManifest),
    options,
  );
  const sessionOf = (key: string | undefined) => (key === undefined ? undefined : open[keys.indexOf(key)]);
  const guided = sessionOf(step) as Session;
  // On a processor nothing is saved by several steps a run.
  const several = guided.provider === 'cpu' ? undefined : sessionOf(steps);
  return {
    async translate(picture, settings, { seed, place, signal }) {
      const { realism, faithfulness, ...options } = settings;
      const plain = realism === 0 && faithfulness === 0 ? sessionOf(plainStep) : undefined;
      const session = plain ?? several ?? guided;
      const run = async (feeds: Record<string, Tensor>) => {
        signal.throwIfAborted();
        return session.run(feeds);
      };
      const source = pictureTensor(picture);
      const sampling = {
        ...{ source, schedule, realism, faithfulness, seed, place },
        options: { ...options, variance },
        withEnergies: plain === undefined,
        stepsPerRun: session === several ? stepsPerRun : 1,
      };
      return pixelsOf(await sampledPicture(sampling, run));
    },
    async dispose() {
      await Promise.all(open.map((session) => session.dispose()));
    },
  };
}
