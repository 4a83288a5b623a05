import { z } from 'zod';
import {
  adamSchema,
  defaulted,
  discriminatorSchema,
  generatorSchema,
  initializationSchema,
  objectiveSchema,
} from './fields.ts';

/** Options of CUT with the published defaults (taesungp/contrastive-unpaired-translation). */
export const cutSchema = z.strictObject({
  generator: defaulted(generatorSchema),
  discriminator: defaulted(discriminatorSchema),
  initialization: defaulted(initializationSchema),
  adversarialObjective: objectiveSchema.default('lsgan').describe('gan_mode'),
  adversarialWeight: z.number().min(0).default(1).describe('lambda_GAN'),
  contrastiveWeight: z.number().min(0).default(1).describe('lambda_NCE'),
  identityContrast: z
    .boolean()
    .default(true)
    .describe('Also translate B and hold it to B by PatchNCE (nce_idt); FastCUT leaves it out.'),
  flipEquivariance: z
    .boolean()
    .default(false)
    .describe('Mirror the input with probability 1/2 and the query features back (FastCUT).'),
  featureLayers: z
    .array(z.int().min(0))
    .min(1)
    .default([0, 4, 8, 12, 16])
    .describe('Layers of the generator whose patches are compared, ascending (nce_layers).'),
  patches: z.int().min(2).default(256).describe('Places compared in each layer (num_patches).'),
  projectionChannels: z.int().min(1).default(256).describe('Width of the projection of a patch (netF_nc).'),
  temperature: z.number().positive().default(0.07).describe('tau of PatchNCE (nce_T).'),
  negativesFromMinibatch: z
    .boolean()
    .default(false)
    .describe('Negatives from all pictures of the batch (nce_includes_all_negatives_from_minibatch).'),
  optimizer: defaulted(adamSchema({ learningRate: 2e-4, beta1: 0.5, beta2: 0.999 })),
});

export type CutOptions = z.output<typeof cutSchema>;

/** FastCUT: the same method with other settings; epochs 150 + 50 instead of 200 + 200. */
export const fastCutDefaults: z.input<typeof cutSchema> = {
  contrastiveWeight: 10,
  identityContrast: false,
  flipEquivariance: true,
};
