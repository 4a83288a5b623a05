import { type DiffusionPlan, planDiffusion, requireNoSampling } from '../serving/diffusion/plan.ts';
import type { SamplingWishes } from '../serving/diffusion/wishes.ts';
import { type GuidancePlan, type GuidanceWishes, planGuidance } from '../serving/guidance/plan.ts';
import type { ReadyModel } from '../serving/open-package.ts';
import type { DiffusionSampling } from '../serving/translators/diffusion-sampling.ts';

/** What to make of each picture: by the codes of a plan, or without one the picture that the model makes; or by sampling. */
export type TranslationPlan =
  | { readonly guidance: GuidancePlan | undefined }
  | { readonly diffusion: DiffusionSampling; readonly plan: DiffusionPlan };

/** How many are made of each picture. */
export function picturesEach(how: TranslationPlan): number {
  return 'plan' in how ? how.plan.pictures : (how.guidance?.pictures ?? 1);
}

/**
 * The same that the service makes of a request.
 * @throws GuidanceError naming each wish at fault
 */
export function planTranslation(
  { translator: { attributes, diffusion } }: ReadyModel,
  wishes: GuidanceWishes & SamplingWishes,
): TranslationPlan {
  const stepsInTime = () => Number.POSITIVE_INFINITY;
  if (diffusion) return { diffusion, plan: planDiffusion(wishes, { diffusion, stepsInTime }) };
  requireNoSampling(wishes);
  return { guidance: planGuidance(wishes, { attributes }) };
}
