import { int64 } from '../../../core/tensor.ts';
import type { ClassifierConfig } from '../../config/egsde.ts';
import { noised } from '../../diffusion/noised.ts';
import { crossEntropy } from '../../losses/cross-entropy.ts';
import type { StepBuilder } from '../../step/step-builder.ts';
import { domains } from '../domains.ts';
import type { Method } from '../method.ts';
import type { BatchShape } from '../networks.ts';
import { diffused, dropoutMasks, scheduleOfNoise } from './diffused.ts';
import { admInitialization, classifierName, classifierOf, timedState } from './networks.ts';

/**
 * The classifier of EGSDE (Zhao et al. 2022, section 3.2 and appendix): it tells of which domain a noised picture is, at
 * any time, so that its features hold what tells domains apart. A is class 0, B class 1.
 *
 *   L = -E log p(domain | sqrt(alphaBar_t) x + sqrt(1 - alphaBar_t) e, t), with t uniform
 */
export function domainClassification(options: ClassifierConfig['options'], batch: BatchShape): Method {
  const schedule = scheduleOfNoise(options.noise);
  const plain = classifierOf(options, batch);
  const labels = int64(
    [2 * batch[0]],
    Array.from({ length: 2 * batch[0] }, (_, picture) => (picture < batch[0] ? 0 : 1)),
  );

  function step(builder: StepBuilder): void {
    const g = builder.graph;
    const both = domains.map((domain) => builder.pictures(`pictures_${domain}`, domain, batch));
    const pictures = diffused(builder, g.Concat(both, 0), schedule);
    const noisy = noised(g, pictures, schedule);
    const network = classifierOf(options, batch, dropoutMasks(builder, options.network.dropout));
    const times = g.Cast(pictures.times, 'float32');
    const logits = network.logits(builder.network(classifierName), noisy, times);
    const classes = g.constant(labels);
    const right = g.Equal(g.ArgMax(logits, { axis: 1, keepdims: 0 }), classes);
    builder.report('accuracy', g.ReduceMean(g.Cast(right, 'float32'), undefined, false));
    builder.minimize(classifierName, builder.report('classification', crossEntropy(g, logits, classes)));
  }

  return {
    name: 'egsde classifier',
    networks: {
      [classifierName]: { state: timedState(batch, plain.logits), initialization: admInitialization },
    },
    optimizers: { [classifierName]: { networks: [classifierName], adam: options.optimizer } },
    steps: [{ name: 'step', build: step }],
    stepAt: () => 0,
    translators: [],
    averaged: [classifierName],
  };
}
