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
    ...adversarialFields({ objective: 'lsgan' }),
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
    ...contrastFields({ featureLayers: [0, 4, 8, 12, 16] }),
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
