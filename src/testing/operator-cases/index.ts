import type { OperatorName } from '../../onnx/operators/index.ts';
import type { CaseOf } from './draw.ts';
import { elementwiseCases } from './elementwise.ts';
import { indexingCases } from './indexing.ts';
import { linearCases } from './linear.ts';
import { movementCases } from './movement.ts';
import { reductionCases } from './reduction.ts';

/** Random legal uses of every operator: an operator without them does not compile. */
export const operatorCases: Readonly<Record<OperatorName, CaseOf>> = {
  ...elementwiseCases,
  ...reductionCases,
  ...linearCases,
  ...movementCases,
  ...indexingCases,
};
