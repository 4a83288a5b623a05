import { betasOf } from '../../core/diffusion/betas.ts';
import { type NoiseSchedule, noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { sampledPicture } from '../../core/diffusion/sampled-picture.ts';
import type { Solver } from '../../core/diffusion/transition.ts';
import { type Tensor, tensor } from '../../core/tensor.ts';
import type { Pixels } from '../../image/index.ts';
import { Session, type SessionOptions } from '../../runtime/index.ts';
import { type GuidedDiffusionModel, guidedKeys } from './guided-diffusion-networks.ts';
import type { PackagedNetwork } from './packaged-network.ts';

/** Steps of a preview: enough for a picture, and few enough for a processor. */
const previewSteps = 20;
const previewSolver: Solver = 'second-order';
const seed = 0;

/** How previews are made, for the card. */
export const previewSampling = `${previewSteps} ${previewSolver} steps, seed ${seed}`;

/** The network of a guided step, open in this process: to draw previews, and to be tried. */
export class GuidedSampler {
  private readonly session: Session;
  private readonly schedule: NoiseSchedule;
  private readonly defaults: GuidedDiffusionModel['defaults'];

  private constructor(session: Session, { schedule, defaults }: GuidedDiffusionModel) {
    this.session = session;
    this.schedule = noiseSchedule(betasOf(schedule));
    this.defaults = defaults;
  }

  /** It is closed when the work is done. */
  static async during<T>(
    model: GuidedDiffusionModel,
    networks: Readonly<Record<string, PackagedNetwork>>,
    options: SessionOptions,
    work: (sampler: GuidedSampler) => Promise<T>,
  ): Promise<T> {
    const { bytes } = networks[guidedKeys.step] as PackagedNetwork;
    const session = await Session.create(bytes, { ...options, quiet: true });
    try {
      return await work(new GuidedSampler(session, model));
    } finally {
      await session.dispose();
    }
  }

  /**
   * The picture translated as the model's defaults say, but in few steps, with a seed of its own for each place.
   * @param seen gets what every step gave
   */
  async translate(
    picture: Pixels,
    place: number,
    seen: (outputs: Readonly<Record<string, Tensor>>) => void = () => {},
  ): Promise<Pixels> {
    const { width, height, data } = picture;
    const { strength, steps, repeats, realism, faithfulness } = this.defaults;
    const sampling = {
      source: tensor('uint8', [1, height, width, 3], data),
      schedule: this.schedule,
      options: { strength, repeats, steps: Math.min(steps, previewSteps), solver: previewSolver },
      realism,
      faithfulness,
      withEnergies: true,
      seed,
      place,
    };
    const result = await sampledPicture(sampling, async (feeds) => {
      const outputs = await this.session.run(feeds);
      seen(outputs);
      return outputs;
    });
    return { width, height, data: result.data };
  }
}
