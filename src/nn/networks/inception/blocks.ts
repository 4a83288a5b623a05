import { averageAround, chain, halve, join, type Step, step } from './steps.ts';

/** The blocks of Inception v3 (Szegedy et al. 2016, figures 5 to 7), with torchvision's names and widths. */

/** 35x35, to 224 + poolFilters channels. */
export function blockA(poolFilters: number): Step {
  return join(
    step('branch1x1', 64, [1, 1]),
    chain(step('branch5x5_1', 48, [1, 1]), step('branch5x5_2', 64, [5, 5])),
    chain(
      step('branch3x3dbl_1', 64, [1, 1]),
      step('branch3x3dbl_2', 96, [3, 3]),
      step('branch3x3dbl_3', 96, [3, 3]),
    ),
    chain(averageAround, step('branch_pool', poolFilters, [1, 1])),
  );
}

const halving = { stride: 2, padded: false };

/** 35x35 to 17x17, 480 channels more. */
export const blockB: Step = join(
  step('branch3x3', 384, [3, 3], halving),
  chain(
    step('branch3x3dbl_1', 64, [1, 1]),
    step('branch3x3dbl_2', 96, [3, 3]),
    step('branch3x3dbl_3', 96, [3, 3], halving),
  ),
  halve,
);

const row = [1, 7] as const;
const column = [7, 1] as const;

/** 17x17, to 768 channels; 7x7 kernels as pairs of a row and a column. */
export function blockC(width: number): Step {
  return join(
    step('branch1x1', 192, [1, 1]),
    chain(
      step('branch7x7_1', width, [1, 1]),
      step('branch7x7_2', width, row),
      step('branch7x7_3', 192, column),
    ),
    chain(
      step('branch7x7dbl_1', width, [1, 1]),
      step('branch7x7dbl_2', width, column),
      step('branch7x7dbl_3', width, row),
      step('branch7x7dbl_4', width, column),
      step('branch7x7dbl_5', 192, row),
    ),
    chain(averageAround, step('branch_pool', 192, [1, 1])),
  );
}

/** 17x17 to 8x8, 512 channels more. */
export const blockD: Step = join(
  chain(step('branch3x3_1', 192, [1, 1]), step('branch3x3_2', 320, [3, 3], halving)),
  chain(
    step('branch7x7x3_1', 192, [1, 1]),
    step('branch7x7x3_2', 192, row),
    step('branch7x7x3_3', 192, column),
    step('branch7x7x3_4', 192, [3, 3], halving),
  ),
  halve,
);

/** 8x8, to 2048 channels. @param pool averageAround in the first of the two, maximumAround in the second */
export function blockE(pool: Step): Step {
  return join(
    step('branch1x1', 320, [1, 1]),
    chain(
      step('branch3x3_1', 384, [1, 1]),
      join(step('branch3x3_2a', 384, [1, 3]), step('branch3x3_2b', 384, [3, 1])),
    ),
    chain(
      step('branch3x3dbl_1', 448, [1, 1]),
      step('branch3x3dbl_2', 384, [3, 3]),
      join(step('branch3x3dbl_3a', 384, [1, 3]), step('branch3x3dbl_3b', 384, [3, 1])),
    ),
    chain(pool, step('branch_pool', 192, [1, 1])),
  );
}
