import { z } from 'zod';
import { adamSchema, defaulted } from './fields.ts';

/** Options of VQ-I2I's second stage with the published defaults (cyj407/VQ-I2I). */
export const codePriorSchema = z.strictObject({
  layers: z.int().min(1).default(24).describe('Blocks of the transformer (n_layer).'),
  heads: z.int().min(1).default(16).describe('Heads of attention in each block (n_head).'),
  width: z.int().min(1).default(512).describe('Features of a token, a multiple of heads (n_embd).'),
  optimizer: defaulted(adamSchema({ learningRate: 1e-5, beta1: 0.5, beta2: 0.999 })).describe(
    'Adam of the transformer. Weight decay reaches the weights of linear layers only, as in minGPT.',
  ),
});

export type CodePriorOptions = z.output<typeof codePriorSchema>;
