import { betasOf } from '../../core/diffusion/betas.ts';
import { type NoiseSchedule, noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { sampledPicture } from '../../core/diffusion/sampled-picture.ts';
import { type Tensor, tensor } from '../../core/tensor.ts';
import type { Pixels } from '../../image/index.ts';
import { Session, type SessionOptions } from '../../runtime/index.ts';
import { type GuidedDiffusionModel, guidedKeys } from './guided-diffusion-networks.ts';
import type { PackagedNetwork } from './packaged-network.ts';

/** A model whose pictures take more steps is shown in fewer. */
const mostSteps = 50;
const fewer = { steps: 20, solver: 'second-order' } as const;
const seed = 0;

/** How previews are made, for the card. */
export function previewSampling({ defaults }: Pick<GuidedDiffusionModel, 'defaults'>): string {
  const otherwise = 'as a request that says nothing';
  return defaults.steps <= mostSteps
    ? `${otherwise}, seed ${seed}`
    : `in ${fewer.steps} ${fewer.solver} steps, otherwise ${otherwise}, seed ${seed}`;
}

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
   * The picture translated as `previewSampling` says, with a seed of its own for each place.
   * @param seen gets what every step gave
   */
  async translate(
    picture: Pixels,
    place: number,
    seen: (outputs: Readonly<Record<string, Tensor>>) => void = () => {},
  ): Promise<Pixels> {
    const { width, height, data } = picture;
    const { strength, steps, solver, repeats, realism, faithfulness } = this.defaults;
    const sampling = {
      source: tensor('uint8', [1, height, width, 3], data),
      schedule: this.schedule,
      options: { strength, repeats, ...(steps <= mostSteps ? { steps, solver } : fewer) },
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
