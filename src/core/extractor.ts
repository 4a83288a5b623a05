import { z } from 'zod';
import { messageOf, UnpairedError } from './errors.ts';
import { modelNamePattern } from './manifest.ts';

/**
 * The schema of `extractors/<name>/extractor.json`: a network that measures pictures, as `unpaired import --as` writes
 * it and `unpaired evaluate` reads it. Unknown fields are refused, so that a misspelt one is noticed.
 *
 * Every network takes float32 pictures [N, 3, H, W], RGB. Whoever runs it resizes, in float, and scales: a value v of
 * 0..255 (not rounded after resizing) is fed as ((low + (high - low) v / 255) - mean) / deviation of its channel.
 */

const triple = z.tuple([z.number(), z.number(), z.number()]);

const pictureInput = z.strictObject({
  range: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, 'the lower value comes first')
    .describe('What 0 and 255 become before mean and deviation: [0, 255], [0, 1] or [-1, 1].'),
  mean: triple.default([0, 0, 0]).describe('Subtracted from each channel, in units of range.'),
  deviation: triple
    .default([1, 1, 1])
    .refine((values) => values.every((value) => value > 0), 'above 0')
    .describe('Divides each channel, in units of range.'),
});

const fixedSize = z.strictObject({ width: z.int().positive(), height: z.int().positive() });

const networkFile = {
  file: z
    .string()
    .regex(/^[A-Za-z0-9._-]+\.onnx$/, 'a file name in the folder of extractor.json, ending in .onnx')
    .describe('File beside extractor.json.'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'),
  bytes: z.int().positive(),
  output: z.string().min(1).describe('Name of the graph output that holds the result.'),
};

const provenance = z.strictObject({
  createdAt: z.iso.datetime(),
  software: z.string().min(1).describe('Program and version that wrote the package.'),
  sources: z
    .array(z.strictObject({ file: z.string().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .min(1)
    .describe('Names, without folders, and checksums of the files that were imported.'),
  licence: z.string().min(1).optional().describe('Licence of the weights, as whoever imported them said.'),
});

const common = {
  schemaVersion: z.literal(1),
  name: z
    .string()
    .regex(modelNamePattern, 'lower-case letters, digits, dots, dashes; 1 to 64 characters')
    .describe('Shown beside every figure.'),
  network: z.string().min(1).describe('What the network is, for people.'),
  provenance,
};

const features = z.strictObject({
  ...common,
  kind: z.literal('features').describe('One picture in, one vector out: for FID, KID and diversity.'),
  picture: pictureInput.extend({
    size: fixedSize.describe('Size in pixels that the network takes; pictures are stretched to it.'),
    resize: z
      .enum(['clean', 'legacy'])
      .default('clean')
      .describe(
        "Convention unless another is asked for. clean: bicubic with antialiasing, as clean-fid; legacy: bilinear between the four nearest pixels, as pytorch-fid's F.interpolate.",
      ),
    batch: z.int().positive().optional().describe('Present when the network takes just that many at once.'),
  }),
  onnx: z.strictObject({ ...networkFile, input: z.string().min(1).describe('Name of the graph input.') }),
  dimension: z
    .int()
    .positive()
    .describe('D: values of a feature vector; the output is [N, D] or [N, D, 1, 1].'),
});

const lpips = z.strictObject({
  ...common,
  kind: z.literal('lpips').describe('Two pictures of one size in, one distance a pair out.'),
  picture: pictureInput.extend({
    minimumSize: z.int().positive().describe('Least width and height in pixels; larger ones are free.'),
  }),
  onnx: z.strictObject({
    ...networkFile,
    inputs: z.tuple([z.string().min(1), z.string().min(1)]).describe('Names of the two graph inputs.'),
  }),
});

export const extractorSchema = z.discriminatedUnion('kind', [features, lpips]);

/** What `extractor.json` says. */
export type Extractor = z.infer<typeof extractorSchema>;
export type FeatureExtractor = Extract<Extractor, { kind: 'features' }>;
export type LpipsExtractor = Extract<Extractor, { kind: 'lpips' }>;

/** An extractor package that cannot be used: not there, damaged, or described wrongly. */
export class ExtractorError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'EXTRACTOR_INVALID', status: 422, ...options });
  }
}

/**
 * Reads a description.
 * @param text content of extractor.json
 * @param where path for messages
 * @throws ExtractorError naming every field at fault
 */
export function parseExtractor(text: string, where: string): Extractor {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ExtractorError(`${where} is not JSON: ${messageOf(cause)}`, { cause });
  }
  const result = extractorSchema.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new ExtractorError(`${where} is not a valid extractor: ${faults.join('; ')}`);
}

/** By channel: what is fed for a value v of 0..255 is v * scale + shift. */
export function channelScaling({ range: [low, high], mean, deviation }: Extractor['picture']): {
  readonly scale: readonly number[];
  readonly shift: readonly number[];
} {
  return {
    scale: deviation.map((divisor) => (high - low) / 255 / divisor),
    shift: deviation.map((divisor, channel) => (low - (mean[channel] as number)) / divisor),
  };
}
