import { z } from 'zod';
import { conditionings } from './code-map/coordinates.ts';
import { betaCourses } from './diffusion/betas.ts';
import { solvers, stepVariances } from './diffusion/transition.ts';

/** The part of a manifest that says how a model makes a picture of a picture: one kind for each way of running it. */

const networkKey = z.string().min(1);

/** What paints pictures of one domain. */
const paintedDomain = z.strictObject({
  styleEncoder: networkKey.describe('Key in networks: a picture of the domain becomes a style code.'),
  decoder: networkKey.describe(
    'Key in networks: indices of codes [n, h, w], its first input, and the style codes of k vertical strips of equal width [n, k, size], its second, become a picture.',
  ),
  styles: z
    .strictObject({
      mean: z.array(z.number()).min(1),
      factor: z.array(z.array(z.number())).min(1).describe('Rows of a square matrix.'),
    })
    .optional()
    .describe(
      'How the styles of training pictures are distributed: mean + factor z, z standard normal. Without it styles are not sampled.',
    ),
});

/** Tells how likely each code is to follow those before it. */
const codePrior = z.strictObject({
  network: networkKey.describe('Key in networks: a step of a code transformer with a key/value cache.'),
  window: z
    .strictObject({ height: z.int().positive(), width: z.int().positive() })
    .describe('Codes that it sees at once.'),
  conditioning: z
    .enum(conditionings)
    .describe('Which coordinates come before the codes of a window that lies beyond the first.'),
});

const steps = z.int().min(1).describe('T, the times of the forward process.');
const variance = z.number().gt(0).max(1);

/** How much noise each time of the forward process adds: see `betasOf`. */
const schedule = z.discriminatedUnion('course', [
  z.strictObject({ course: z.literal(['named-linear', 'cosine']), steps }),
  z.strictObject({ course: z.enum(betaCourses), steps, first: variance, last: variance }),
]);

/** Repeats that one request may have. */
export const mostRepeats = 4;

/**
 * Sampling guided by energies (EGSDE). The step has the inputs and outputs of `guidedStepGraph`: `source`, `state`,
 * `start_noise`, `step_noise`, `previous_clean`, `time`, `coefficients`, `realism` and `faithfulness` in, `next_state`,
 * `clean` and `picture` out.
 */
const guidedDiffusion = z.strictObject({
  kind: z
    .literal('guided-diffusion')
    .describe(
      'A picture is noised, and made clean again as one of the target domain, in many runs of one network.',
    ),
  step: networkKey.describe('Key in networks: one step of sampling, guided by both energies.'),
  plainStep: networkKey
    .optional()
    .describe(
      'Key in networks: the same without energies, and without the inputs source, start_noise, realism and faithfulness. Run where both weights are 0, since it costs less.',
    ),
  steps: networkKey
    .optional()
    .describe(
      'Key in networks: several guided steps in one run, for devices where copies cost; step_noise, time and coefficients have the steps as their second axis.',
    ),
  schedule,
  variance: z.enum(stepVariances).default('fixedsmall').describe('Of the noise that ancestral steps add.'),
  sources: z
    .array(z.string().min(1))
    .min(1)
    .describe(
      'Names of the domains that pictures may come from: those that the classifier tells from the target.',
    ),
  defaults: z
    .strictObject({
      strength: z.number().gt(0).max(1).describe('Time to which a picture is noised, over T.'),
      steps: z.int().min(1),
      solver: z.enum(solvers),
      realism: z.number().nonnegative().describe('lambda_s.'),
      faithfulness: z.number().nonnegative().describe('lambda_i.'),
      repeats: z.int().min(1).max(mostRepeats),
    })
    .describe('What a request need not say.'),
});

/** How a picture becomes a picture. The router looks at `kind`, never at the method's name. */
export const translator = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('feed-forward').describe('One run of one network, picture in, picture out.'),
    network: networkKey.describe('Key in networks; its first input and output are the pictures.'),
  }),
  z.strictObject({
    kind: z
      .literal('exemplar-guided')
      .describe('The content of a picture, and a code that says which of many outputs is made of it.'),
    contentEncoder: networkKey.describe('Key in networks: a picture becomes its content.'),
    attributeEncoder: networkKey.describe('Key in networks: a picture of the target domain becomes a code.'),
    generator: networkKey.describe(
      'Key in networks: content, its first input, and a code, its second, become a picture.',
    ),
    attributeCodeSize: z
      .int()
      .positive()
      .describe('Length of a code. Codes may be drawn from the standard normal distribution.'),
  }),
  z.strictObject({
    kind: z
      .literal('vector-quantized')
      .describe('Pictures of both domains as maps of codes from one codebook, painted in a style.'),
    contentEncoder: networkKey.describe(
      'Key in networks: a picture of either domain becomes indices of codes.',
    ),
    codebookSize: z.int().min(2),
    pixelsPerCode: z
      .int()
      .positive()
      .describe('Pixels along each side of the square that one code stands for.'),
    styleCodeSize: z.int().positive(),
    source: paintedDomain,
    target: paintedDomain,
    prior: codePrior.optional().describe('Present when the model can make codes up.'),
  }),
  guidedDiffusion,
]);

/** The fields of a translator that name networks, with the names. */
export function networkFields(described: z.infer<typeof translator>): readonly (readonly [string, string])[] {
  switch (described.kind) {
    case 'feed-forward':
      return [['network', described.network]];
    case 'exemplar-guided': {
      const { contentEncoder, attributeEncoder, generator } = described;
      return Object.entries({ contentEncoder, attributeEncoder, generator });
    }
    case 'vector-quantized': {
      const { contentEncoder, source, target, prior } = described;
      return Object.entries({
        contentEncoder,
        'source.styleEncoder': source.styleEncoder,
        'source.decoder': source.decoder,
        'target.styleEncoder': target.styleEncoder,
        'target.decoder': target.decoder,
        ...(prior && { 'prior.network': prior.network }),
      });
    }
    case 'guided-diffusion': {
      const { step, plainStep, steps } = described;
      return Object.entries({ step, ...(plainStep && { plainStep }), ...(steps && { steps }) });
    }
  }
}
