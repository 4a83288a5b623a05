import type { ScoreConfig } from '../../config/egsde.ts';
import { hybridLoss, noiseError } from '../../diffusion/noise-losses.ts';
import { noised } from '../../diffusion/noised.ts';
import type { StepBuilder } from '../../step/step-builder.ts';
import type { Method } from '../method.ts';
import type { BatchShape } from '../networks.ts';
import { diffused, dropoutMasks, scheduleOfNoise } from './diffused.ts';
import { admInitialization, scoreName, scoreNetworkOf, timedState } from './networks.ts';

/** Steps that the bound's weight is 1 for where losses are rescaled. */
const usualSteps = 1000;

/**
 * The score network of EGSDE (Zhao et al. 2022, section 3.1): it learns of pictures of the target domain alone to tell
 * the noise in them.
 *
 *   L = E |e - e(sqrt(alphaBar_t) x + sqrt(1 - alphaBar_t) e, t)|^2, with t uniform (Ho et al. 2020, equation 14),
 *
 * and, where variances are learned too, the variational bound in bits (Nichol and Dhariwal 2021, L_hybrid).
 */
export function scoreMatching(options: ScoreConfig['options'], batch: BatchShape): Method {
  const schedule = scheduleOfNoise(options.noise);
  const boundWeight = options.rescaledBound ? options.noise.steps / usualSteps : 1;
  const plain = scoreNetworkOf(options, batch);

  function step(builder: StepBuilder): void {
    const g = builder.graph;
    const pictures = diffused(builder, builder.pictures('pictures', options.domain, batch), schedule);
    const noisy = noised(g, pictures, schedule);
    const network = scoreNetworkOf(options, batch, dropoutMasks(builder, options.network.dropout));
    const output = network.forward(builder.network(scoreName), noisy, g.Cast(pictures.times, 'float32'));
    const mean = (name: string, losses: Parameters<typeof g.Neg>[0]) =>
      builder.report(name, g.ReduceMean(losses, undefined, false));
    if (!options.learnedVariance) {
      builder.minimize(scoreName, mean('noise', noiseError(g, output, pictures.noise)));
      return;
    }
    const losses = hybridLoss(g, pictures, noisy, output, { schedule, boundWeight });
    mean('noise', losses.noise);
    mean('bound', losses.bound);
    builder.minimize(scoreName, g.ReduceMean(losses.total, undefined, false));
  }

  return {
    name: 'egsde score',
    networks: {
      [scoreName]: {
        state: timedState(batch, plain.forward),
        initialization: options.network.kind === 'adm' ? admInitialization : { type: 'torch-default' },
      },
    },
    optimizers: { [scoreName]: { networks: [scoreName], adam: options.optimizer } },
    steps: [{ name: 'step', build: step }],
    stepAt: () => 0,
    translators: [],
    averaged: [scoreName],
  };
}
