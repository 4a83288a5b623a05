import type { BetaOptions } from '../../core/diffusion/betas.ts';
import type { StepVariance } from '../../core/diffusion/transition.ts';
import type { Manifest } from '../../core/manifest.ts';
import { elementCount } from '../../core/tensor.ts';
import type { Graph } from '../../onnx/ir.ts';
import type { GuidanceOptions } from '../diffusion/guided-step.ts';
import type { GuidedDiffusion } from './guided-choices.ts';
import {
  type GuidedStepModel,
  guidedStepGraph,
  guidedStepsGraph,
  unguidedStepGraph,
} from './guided-step-graph.ts';
import { type PackagedNetwork, packagedGraph } from './packaged-network.ts';

/** EGSDE with its weights, as it is packaged. */
export interface GuidedDiffusionModel extends GuidedStepModel {
  readonly guidance: Required<GuidanceOptions>;
  /** That the score network was trained on. */
  readonly schedule: BetaOptions;
  readonly variance: StepVariance;
  /** Names of the domains that pictures may come from. */
  readonly sources: readonly string[];
  readonly defaults: GuidedDiffusion['defaults'];
  /** Whether there is also a network of several steps a run. */
  readonly severalSteps: boolean;
}

/** Keys of the networks in a package. */
export const guidedKeys = { step: 'step', plainStep: 'plain-step', steps: 'steps' } as const;

/** What a manifest says of the model. */
export function guidedDiffusionDescription(model: GuidedDiffusionModel): Manifest['translator'] {
  return {
    kind: 'guided-diffusion',
    step: guidedKeys.step,
    plainStep: guidedKeys.plainStep,
    ...(model.severalSteps && { steps: guidedKeys.steps }),
    schedule: model.schedule,
    variance: model.variance,
    sources: [...model.sources],
    defaults: model.defaults,
  };
}

/** The networks as they go into a package, each a file: see `guidedStepGraph`. */
export function guidedDiffusionNetworks(
  model: GuidedDiffusionModel,
): Readonly<Record<string, PackagedNetwork>> {
  const { guidance } = model;
  return {
    [guidedKeys.step]: stepNetwork(guidedStepGraph(model, guidance)),
    [guidedKeys.plainStep]: stepNetwork(unguidedStepGraph(model)),
    ...(model.severalSteps && {
      [guidedKeys.steps]: stepNetwork(guidedStepsGraph(model, guidance)),
    }),
  };
}

/** Of the model: its networks are in several files. */
export function guidedParameters(networks: Readonly<Record<string, PackagedNetwork>>): number | undefined {
  return networks[guidedKeys.step]?.parameters;
}

function stepNetwork(graph: Graph): PackagedNetwork {
  const trained = graph.constants.filter(({ named }) => named === true);
  return packagedGraph(
    graph,
    trained.reduce((sum, { constant }) => sum + elementCount(constant?.dims ?? []), 0),
  );
}
