import { z } from 'zod';
import {
  adamSchema,
  defaulted,
  discriminatorSchema,
  generatorSchema,
  initializationSchema,
  objectiveSchema,
} from './fields.ts';

/** Where CUT and FastCUT differ. */
interface ContrastDefaults {
  readonly contrastiveWeight: number;
  readonly identityContrast: boolean;
  readonly flipEquivariance: boolean;
}

const contrastiveSchema = (defaults: ContrastDefaults) =>
  z.strictObject({
    generator: defaulted(generatorSchema),
    discriminator: defaulted(discriminatorSchema),
    initialization: defaulted(initializationSchema),
    adversarialObjective: objectiveSchema.default('lsgan').describe('Kind of adversarial loss (gan_mode).'),
    adversarialWeight: z.number().min(0).default(1).describe('Weight of the adversarial loss (lambda_GAN).'),
    contrastiveWeight: z
      .number()
      .min(0)
      .default(defaults.contrastiveWeight)
      .describe('Weight of PatchNCE (lambda_NCE).'),
    identityContrast: z
      .boolean()
      .default(defaults.identityContrast)
      .describe('Also translate B and hold it to B by PatchNCE (nce_idt).'),
    flipEquivariance: z
      .boolean()
      .default(defaults.flipEquivariance)
      .describe('Mirror the input with probability 1/2 and the query features back (flip_equivariance).'),
    featureLayers: z
      .array(z.int().min(0))
      .min(1)
      .default([0, 4, 8, 12, 16])
      .describe('Layers of the generator whose patches are compared, ascending (nce_layers).'),
    patches: z.int().min(2).default(256).describe('Places compared in each layer (num_patches).'),
    projectionChannels: z.int().min(1).default(256).describe('Channels of a projected patch (netF_nc).'),
    temperature: z.number().positive().default(0.07).describe('tau of PatchNCE (nce_T).'),
    negativesFromMinibatch: z
      .boolean()
      .default(false)
      .describe('Negatives from all pictures of the batch (nce_includes_all_negatives_from_minibatch).'),
    optimizer: defaulted(adamSchema({ learningRate: 2e-4, beta1: 0.5, beta2: 0.999 })),
  });

/** Options of CUT with the published defaults (taesungp/contrastive-unpaired-translation). */
export const cutSchema = contrastiveSchema({
  contrastiveWeight: 1,
  identityContrast: true,
  flipEquivariance: false,
});

/** FastCUT: the same method with other defaults. */
export const fastCutSchema = contrastiveSchema({
  contrastiveWeight: 10,
  identityContrast: false,
  flipEquivariance: true,
});

export type CutOptions = z.output<typeof cutSchema>;
