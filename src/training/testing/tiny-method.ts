import type { ParameterSpec } from '../../nn/parameters.ts';
import { describeNetwork } from '../../nn/sources.ts';
import type { Method } from '../methods/method.ts';
import type { AdamOptions } from '../optimizers/adam.ts';
import type { StepBuilder } from '../step/step-builder.ts';

/** Adam whose first step moves by the learning rate, whatever the gradient. */
const plainAdam: AdamOptions = {
  learningRate: 0.25,
  beta1: 0.5,
  beta2: 0.999,
  epsilon: 1e-12,
  weightDecay: 0,
  decoupledDecay: false,
};

const weight: ParameterSpec = { name: 'w', shape: [1], role: 'linear-bias', fanIn: 1, fanOut: 1 };

/** Networks `g` and `d` of one number each, `w`, every one with an optimizer of its own. */
export function tinyMethod(build: (step: StepBuilder) => void): Method {
  const network = {
    state: describeNetwork((scope) => scope.parameter(weight)),
    initialization: { type: 'normal', gain: 1 },
  } as const;
  return {
    name: 'tiny',
    networks: { g: network, d: network },
    optimizers: { g: { networks: ['g'], adam: plainAdam }, d: { networks: ['d'], adam: plainAdam } },
    steps: [{ name: 'step', build }],
    stepAt: () => 0,
    translators: [],
  };
}

/** The weight of `g` or `d` as it is at this point of the step. */
export function weightOf(step: StepBuilder, network: 'g' | 'd') {
  return step.network(network).parameter(weight);
}
