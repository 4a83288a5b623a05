import { z } from 'zod';

/** What DRIT's networks of one direction are made with. Far above what is published: a file may claim any size. */
export const dritSchema = z.strictObject({
  kind: z.literal('drit'),
  variant: z.enum(['concat', 'feature-wise']).describe('How codes reach the generator (concat 1 or 0).'),
  width: z.int().min(1).max(1024).describe('Channels at full size; the published code has 64.'),
  inputChannels: z.int().min(1).max(64).describe('Channels of the source picture (input_dim_a or _b).'),
  outputChannels: z
    .int()
    .min(1)
    .max(64)
    .describe('Channels of translations and style pictures (input_dim_b or _a).'),
  attributeCodeSize: z.int().min(1).max(4096).describe('Length of a code; the published code has 8.'),
});

export type DritSettings = z.infer<typeof dritSchema>;
