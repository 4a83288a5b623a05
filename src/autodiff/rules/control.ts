import { notDifferentiable, zeroGradient } from './rule.ts';

export const controlRules = { StopGradient: zeroGradient, Loop: notDifferentiable } as const;
