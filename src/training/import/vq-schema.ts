import { z } from 'zod';
import { conditionings } from '../../core/code-map/coordinates.ts';

/** Far above what is published: a file may claim any size. */
const size = (most: number) => z.int().min(1).max(most);

const priorSchema = z.strictObject({
  layers: size(256).describe('Blocks (n_layer).'),
  heads: size(256).describe('Heads of attention (n_head), which no tensor tells; the published code has 16.'),
  width: size(8192).describe('Features of a token (n_embd).'),
  positions: size(65_536).describe('Longest sequence (block_size).'),
  window: z
    .strictObject({ height: size(256), width: size(256) })
    .describe('Codes that it sees at once: a square that fills its sequence with as many coordinates.'),
  conditioning: z
    .enum(conditionings)
    .describe('Which coordinates come before a window beyond the first: fewer as published, or all.'),
});

/** What the networks of VQ-I2I are made with. */
export const vqSchema = z.strictObject({
  kind: z.literal('vq-i2i'),
  channels: size(1024).multipleOf(32).describe('Channels of the first convolution (ch).'),
  multipliers: z.array(size(64)).min(1).max(12).describe('Channels of each level, in multiples (ch_mult).'),
  residualBlocks: size(64).describe('Residual blocks of a level (num_res_blocks).'),
  attentionLevels: z
    .array(z.int().min(0).max(11))
    .describe('Levels with attention, counted from full size (attn_resolutions).'),
  contentChannels: size(8192).describe('Channels beside the code space (z_channels).'),
  codebookSize: z.int().min(2).max(65_536).describe('Entries of the codebook (n_embed).'),
  codeDimension: size(8192).describe('Length of an entry (embed_dim).'),
  styleChannels: size(1024).describe('Channels after the first convolution of a style encoder.'),
  styleCodeSize: size(4096).describe('Numbers of a style code.'),
  perceptronChannels: size(8192).describe('Width of the layers between a style code and its decoder.'),
  pictureChannels: size(64).describe('Channels of the pictures (in_channels, out_ch).'),
  prior: priorSchema.optional(),
});

export type VqSettings = z.infer<typeof vqSchema>;
export type PriorSettings = NonNullable<VqSettings['prior']>;
