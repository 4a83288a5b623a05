import type { OperatorName } from '../../onnx/operators/index.ts';
import { controlRules } from './control.ts';
import { convolutionRules } from './convolution.ts';
import { elementwiseRules } from './elementwise.ts';
import { indexingRules } from './indexing.ts';
import { linearRules } from './linear.ts';
import { movementRules } from './movement.ts';
import { normalizationRules } from './normalization.ts';
import { padRules } from './pad.ts';
import { poolingRules } from './pooling.ts';
import { reductionRules } from './reduction.ts';
import { resizeRules } from './resize.ts';
import type { GradientRule } from './rule.ts';

/** The rules by the file that holds them. */
export const ruleTables = {
  elementwise: elementwiseRules,
  reduction: reductionRules,
  linear: linearRules,
  convolution: convolutionRules,
  pooling: poolingRules,
  resize: resizeRules,
  movement: movementRules,
  pad: padRules,
  indexing: indexingRules,
  normalization: normalizationRules,
  control: controlRules,
} as const;

export type GradientRules = Readonly<Record<OperatorName, GradientRule>>;

/** Every operator's derivative. Total: an operator without an entry does not compile. */
export const gradientRules: GradientRules = {
  ...ruleTables.elementwise,
  ...ruleTables.reduction,
  ...ruleTables.linear,
  ...ruleTables.convolution,
  ...ruleTables.pooling,
  ...ruleTables.resize,
  ...ruleTables.movement,
  ...ruleTables.pad,
  ...ruleTables.indexing,
  ...ruleTables.normalization,
  ...ruleTables.control,
};
