import { z } from 'zod';
import { solvers } from '../../core/diffusion/transition.ts';
import { mostRepeats } from '../../core/translator-schema.ts';
import { decimalSchema } from '../decimal-schema.ts';
import { largestWeight } from './plan.ts';

/** The fields of a translation that say how its pictures are sampled. */

const strengthRange = 'a number above 0, at most 1';
const stepsRange = 'auto or a whole number of 1 or more';
const weightRange = `a number from 0 to ${largestWeight}`;
const repeatsRange = `a whole number from 1 to ${mostRepeats}`;

const weight = decimalSchema(weightRange, (value) => value <= largestWeight);

const steps = z
  .string(stepsRange)
  .regex(/^(?:auto|0*[1-9]\d{0,8})$/, stepsRange)
  .transform((text) => (text === 'auto' ? text : Number(text)));

/** Fields of the query and the form. */
export const samplingOptions = {
  from: z
    .string()
    .min(1, 'the name of a domain')
    .optional()
    .describe(
      'Name of the domain that the picture is of, one of capabilities.sampling.sources. Default: any of them.',
    ),
  strength: decimalSchema(strengthRange, (value) => value > 0 && value <= 1)
    .optional()
    .describe(
      `How far the picture is noised before it is made clean again, ${strengthRange}: more is less faithful and more realistic. For models with capabilities.sampling, as the following.`,
    ),
  steps: steps
    .optional()
    .describe(
      'Steps in which the noise is taken away again, at most the times of the strength: fewer are faster and coarser. auto: as many as can be done until timeout, by the measured time of a step and what else is under way, at most the default, and at least 5, or as many more as the faithfulness needs to be steady.',
    ),
  solver: z
    .enum(solvers, `one of ${solvers.join(', ')}`)
    .optional()
    .describe('How steps go: ancestral (as published, with noise), ddim, or second-order, for few steps.'),
  realism: weight
    .optional()
    .describe(
      `Weight of the energy that keeps away from what only the source domains look like (lambda_s), ${weightRange}.`,
    ),
  faithfulness: weight
    .optional()
    .describe(
      `Weight of the energy that keeps the shapes of the picture (lambda_i), ${weightRange}. With realism 0 as well, nothing guides (SDEdit).`,
    ),
  repeats: z
    .string(repeatsRange)
    .regex(/^\d{1,3}$/, repeatsRange)
    .transform(Number)
    .refine((value) => value >= 1 && value <= mostRepeats, repeatsRange)
    .optional()
    .describe(`How often all of it is done, each time from the result before, ${repeatsRange}.`),
};

/** How a picture was sampled. */
export const samplingSettings = z.object({
  strength: z.number(),
  steps: z.int(),
  solver: z.enum(solvers),
  realism: z.number(),
  faithfulness: z.number(),
  repeats: z.int(),
  acceptedAfter: z
    .int()
    .optional()
    .describe('Steps after which its client took it as it was, those of earlier repeats included.'),
});

/** What a model that samples can be asked for. */
export const samplingAbilities = z.object({
  sources: z.array(z.string()).readonly().describe('Names that `from` may have.'),
  solvers: z.array(z.enum(solvers)).readonly(),
  defaults: samplingSettings.omit({ acceptedAfter: true }).describe('What a request need not say.'),
  limits: z
    .object({
      strength: z.number(),
      steps: z.int().describe('With strength 1; with less, that part of them.'),
      realism: z.number(),
      faithfulness: z.number(),
      repeats: z.int(),
    })
    .describe('The largest values.'),
});
