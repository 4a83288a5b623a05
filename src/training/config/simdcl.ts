import { z } from 'zod';
import { dclganSchema } from './dclgan.ts';
import { adamSchema, defaulted } from './fields.ts';

/** Options of SimDCL with the published defaults (JunlinHan/DCLGAN): PatchNCE and identity have no weights there. */
export const simdclSchema = dclganSchema.omit({ contrastiveWeight: true, identityWeight: true }).extend({
  similarityWeight: z
    .number()
    .min(0)
    .default(10)
    .describe('Weight of the similarity of patches of one domain (lambda_SIM).'),
  samplerOptimizer: defaulted(adamSchema({ learningRate: 2e-4, beta1: 0.5, beta2: 0.999 })).describe(
    'Adam of the patch samplers and of the mapping heads.',
  ),
});

export type SimdclOptions = z.output<typeof simdclSchema>;
