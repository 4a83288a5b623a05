import type { NoiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import type { StepVariance } from '../../core/diffusion/transition.ts';
import type { Manifest } from '../../core/manifest.ts';

type Described = Extract<Manifest['translator'], { kind: 'guided-diffusion' }>;

/** How much the energies weigh. */
export interface GuidanceWeights {
  /** lambda_s. */
  readonly realism: number;
  /** lambda_i. */
  readonly faithfulness: number;
}

/** The network that makes a step. */
export interface StepNetwork {
  /** Its key in the manifest. */
  readonly network: string;
  /** Whether it takes the inputs of the guidance. */
  readonly isGuided: boolean;
  /** Steps that one run makes, the last of a repeat perhaps fewer. */
  readonly stepsPerRun: number;
}

/** Pictures by sampling, guided by energies: what a model can do whose translations are many runs of one network. */
export interface DiffusionSampling {
  readonly schedule: NoiseSchedule;
  readonly variance: StepVariance;
  /** Names of the domains that pictures may come from. */
  readonly sources: readonly string[];
  readonly defaults: Described['defaults'];
  stepFor(weights: GuidanceWeights): StepNetwork;
}
