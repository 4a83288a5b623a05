import type { PriorConfig } from '../config/prior.ts';
import type { CodeSpace } from '../methods/code-prior.ts';

/** The codes that a first stage gives of pictures of the run's size. */
export function codeSpaceOf({ firstStage, cropSize }: PriorConfig): CodeSpace {
  const { codebook, generator } = firstStage.options;
  const pixelsPerCode = 2 ** (generator.multipliers.length - 1);
  const side = cropSize / pixelsPerCode;
  return { codebookSize: codebook.size, window: { height: side, width: side }, pixelsPerCode };
}
