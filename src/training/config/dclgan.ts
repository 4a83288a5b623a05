import { z } from 'zod';
import {
  adamSchema,
  adversarialFields,
  contrastFields,
  defaulted,
  discriminatorSchema,
  generatorSchema,
  initializationSchema,
} from './fields.ts';

/** Options of DCLGAN with the published defaults (JunlinHan/DCLGAN), the sampler's optimizer included. */
export const dclganSchema = z.strictObject({
  generator: defaulted(generatorSchema),
  discriminator: defaulted(discriminatorSchema),
  initialization: defaulted(initializationSchema),
  ...adversarialFields({ objective: 'hinge' }),
  contrastiveWeight: z.number().positive().default(2).describe('Weight of PatchNCE (lambda_NCE).'),
  identityWeight: z
    .number()
    .min(0)
    .default(1)
    .describe('Weight of the L1 distance of a picture to its translation to its own domain (lambda_IDT).'),
  ...contrastFields({ featureLayers: [4, 8, 12, 16] }),
  optimizer: defaulted(adamSchema({ learningRate: 2e-4, beta1: 0.5, beta2: 0.999 })).describe(
    'Adam of generators and discriminators.',
  ),
  samplerOptimizer: defaulted(adamSchema({ learningRate: 1e-3, beta1: 0.9, beta2: 0.999 })).describe(
    'Adam of the patch samplers, published with the defaults of the library.',
  ),
});

export type DclganOptions = z.output<typeof dclganSchema>;
