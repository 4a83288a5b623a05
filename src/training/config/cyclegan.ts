import { z } from 'zod';
import {
  adamSchema,
  defaulted,
  discriminatorSchema,
  generatorSchema,
  initializationSchema,
  objectiveSchema,
} from './fields.ts';

const cycleGanGeneratorSchema = generatorSchema.extend({
  kind: z.enum(['resnet', 'unet']).default('resnet').describe('Residual network or U-Net (netG).'),
  blocks: z.int().min(1).default(9).describe('Residual blocks of the residual network.'),
  downs: z
    .int()
    .min(5)
    .default(8)
    .describe('How often the U-Net halves the size: 7 for unet_128, 8 for unet_256.'),
  antialiasDown: z.boolean().default(false).describe('Blur before down-sampling (no_antialias off).'),
  antialiasUp: z.boolean().default(false).describe('Blur after up-sampling (no_antialias_up off).'),
});

const cycleWeight = z.number().min(0).default(10);

/** Options of CycleGAN with the published defaults (junyanz/pytorch-CycleGAN-and-pix2pix). */
export const cycleGanSchema = z.strictObject({
  generator: defaulted(cycleGanGeneratorSchema),
  discriminator: defaulted(
    discriminatorSchema.extend({
      antialias: z.boolean().default(false).describe('Blur before down-sampling (no_antialias off).'),
    }),
  ),
  initialization: defaulted(
    initializationSchema.extend({
      type: initializationSchema.shape.type
        .unwrap()
        .default('normal')
        .describe('Distribution that weights are drawn from (init_type).'),
    }),
  ),
  adversarialObjective: objectiveSchema.default('lsgan').describe('Kind of adversarial loss (gan_mode).'),
  gradientPenaltyWeight: z
    .number()
    .min(0)
    .default(10)
    .describe('Weight of the gradient penalty of wgangp (lambda_gp); 0: none, as the published CycleGAN.'),
  cycleWeightA: cycleWeight.describe('Weight of the cycle A to B to A (lambda_A).'),
  cycleWeightB: cycleWeight.describe('Weight of the cycle B to A to B (lambda_B).'),
  identityWeight: z
    .number()
    .min(0)
    .default(0.5)
    .describe('Weight of the identity losses, times that of the cycle (lambda_identity); 0: none.'),
  poolSize: z
    .int()
    .min(0)
    .default(50)
    .describe('Earlier translations kept for each discriminator (pool_size); 0: none.'),
  optimizer: defaulted(adamSchema({ learningRate: 2e-4, beta1: 0.5, beta2: 0.999 })),
});

export type CycleGanOptions = z.output<typeof cycleGanSchema>;
