import { messageOf } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { SessionOptions } from '../../runtime/index.ts';
import type { GuidedDiffusionModel } from '../export/guided-diffusion-networks.ts';
import { GuidedSampler } from '../export/guided-sampler.ts';
import type { PackagedNetwork } from '../export/packaged-network.ts';
import { trialPicture } from './trial.ts';
import { requireFinite, TrialError } from './trial-session.ts';

/**
 * Runs one guided step. In the package pictures are bytes, among which nothing tells what was not a number: what the step
 * gives beside them does.
 * @throws TrialError when the network fails, or what it gives is not finite
 */
export async function tryGuidedModel(
  model: GuidedDiffusionModel,
  networks: Readonly<Record<string, PackagedNetwork>>,
  session: SessionOptions,
): Promise<void> {
  const one = {
    ...model,
    defaults: { ...model.defaults, steps: 1, repeats: 1 },
  };
  try {
    await GuidedSampler.during(one, networks, session, (sampler) =>
      sampler.translate(trialPicture(model.size), 0, ({ clean }) => requireFinite(clean as Tensor, 'clean')),
    );
  } catch (cause) {
    if (cause instanceof TrialError) throw cause;
    throw new TrialError(`the networks fail on a picture: ${messageOf(cause)}`, { cause });
  }
}
