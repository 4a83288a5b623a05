import { z } from 'zod';
import {
  adamSchema,
  adversarialFields,
  defaulted,
  discriminatorSchema,
  generatorSchema,
  initializationSchema,
} from './fields.ts';

/** Options of EnCo with the defaults of the published command (XiudingCai/EnCo-pytorch). */
export const encoSchema = z.strictObject({
  generator: defaulted(generatorSchema),
  discriminator: defaulted(discriminatorSchema),
  initialization: defaulted(initializationSchema),
  ...adversarialFields({ objective: 'lsgan' }),
  contentWeight: z
    .number()
    .min(0)
    .default(2)
    .describe('Weight of the distance between encoder and decoder features (lambda_NCE).'),
  identity: z
    .boolean()
    .default(true)
    .describe('Also translate B and hold it to B by an L1 distance (nce_idt).'),
  identityWeight: z.number().min(0).default(10).describe('Weight of that distance (lambda_IDT).'),
  identityTime: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe(
      'How long the identity is trained, in the unit of the schedule; null: as long as the learning rate is constant ' +
        '(stop_idt_epochs).',
    ),
  identityDecay: z
    .boolean()
    .default(false)
    .describe('Let the weight of the identity fall linearly, to 0 at the end of training (decay_idt).'),
  flipEquivariance: z
    .boolean()
    .default(false)
    .describe(
      'Mirror the pictures of each domain once more with probability 1/2, each batch as a whole (flip_equivariance).',
    ),
  featureLayers: z
    .array(z.int().min(0))
    .min(2)
    .refine(({ length }) => length % 2 === 0, 'layers of the encoder, then as many of the decoder')
    .default([3, 7, 13, 18, 24, 28])
    .describe(
      'Layers of the encoder and the layers of the decoder that mirror them, ascending (nce_layers).',
    ),
  patches: z.int().min(2).default(256).describe('Places compared in each pair of layers (num_patches).'),
  projectionChannels: z.int().min(2).default(256).describe('Channels of a projected patch (netF_nc).'),
  projectionNormalization: z
    .enum(['batch', 'layer', 'none'])
    .default('batch')
    .describe('Norm layers of projector and predictor (prj_norm).'),
  predictor: z.boolean().default(true).describe('Predict keys from queries by a head (no_predictor off).'),
  stopGradient: z
    .boolean()
    .default(true)
    .describe('Encoder features are constants to the loss (stop_gradient).'),
  oversampling: z
    .int()
    .min(1)
    .default(4)
    .describe('Candidates for each place that the discriminator chooses among (oversample_ratio).'),
  randomShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Share of the places drawn without the discriminator (random_ratio).'),
  optimizer: defaulted(adamSchema({ learningRate: 5e-5, beta1: 0.5, beta2: 0.999 })).describe(
    'Adam of the generator (lr_G).',
  ),
  discriminatorOptimizer: defaulted(adamSchema({ learningRate: 2e-4, beta1: 0.5, beta2: 0.999 })).describe(
    'Adam of the discriminator (lr_D).',
  ),
  projectorOptimizer: defaulted(adamSchema({ learningRate: 5e-5, beta1: 0.5, beta2: 0.999 })).describe(
    'Adam of projector and predictor (lr_F).',
  ),
});

export type EncoOptions = z.output<typeof encoSchema>;
