import { z } from 'zod';
import { UnpairedError } from './errors.ts';
import { networkFields, translator } from './translator-schema.ts';

/**
 * The schema of `models/<name>/<version>/manifest.json`: the only thing that training and serving share.
 * Unknown fields are refused, so that a misspelt one is noticed before it is silently ignored.
 */

export const modelNamePattern = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

const dimension = z.union([z.int().positive(), z.string().min(1)]);

const tensorInterface = z.strictObject({
  name: z.string().min(1).describe('Name of the graph input or output.'),
  dtype: z.enum(['uint8', 'float32', 'int64', 'bool']),
  shape: z.array(dimension).describe('Numbers, or names for dimensions that a request may choose.'),
  layout: z
    .enum(['NHWC', 'NCHW'])
    .optional()
    .describe('Present for pictures. uint8 pictures are 0..255, float32 pictures are -1..1.'),
});

const network = z.strictObject({
  file: z
    .string()
    .regex(/^[A-Za-z0-9._-]+\.onnx$/, 'a file name in the folder of the manifest, ending in .onnx')
    .describe('File beside the manifest.'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'),
  bytes: z.int().positive(),
  parameters: z.int().nonnegative().optional().describe('Number of trained values in the network.'),
  inputs: z.array(tensorInterface).min(1),
  outputs: z.array(tensorInterface).min(1),
});

const imagePolicy = z.strictObject({
  width: z.int().positive().describe('Width in pixels that the model was trained for, and its default.'),
  height: z.int().positive().describe('Height in pixels that the model was trained for, and its default.'),
  flexible: z
    .boolean()
    .describe(
      'True for fully convolutional networks: any size that is a multiple of multipleOf is accepted.',
    ),
  multipleOf: z
    .int()
    .positive()
    .default(4)
    .describe('Width and height given to the network are multiples of this.'),
  maximumPixels: z
    .int()
    .positive()
    .default(1024 * 1024)
    .describe('Largest width x height in pixels that is given to a flexible network.'),
});

const provenance = z.strictObject({
  createdAt: z.iso.datetime(),
  software: z.string().min(1).describe('Program and version that wrote the package.'),
  command: z.string().optional(),
  dataset: z.string().optional(),
  datasetLicence: z.string().optional(),
  steps: z.int().nonnegative().optional(),
  seed: z.int().optional(),
});

export const manifestSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    name: z.string().regex(modelNamePattern, 'lower-case letters, digits, dots, dashes; 1 to 64 characters'),
    version: z.string().regex(/^[0-9]+(?:\.[0-9]+)*$/, 'numbers joined by dots, for example 1 or 1.2.0'),
    description: z.string().optional(),
    method: z.string().min(1).describe('Training method, for example cut; for people, not for routing.'),
    sourceDomain: z.string().min(1),
    targetDomain: z.string().min(1),
    image: imagePolicy,
    translator,
    networks: z.record(z.string().min(1), network),
    provenance,
  })
  .superRefine((manifest, context) => {
    if (manifest.translator.kind === 'guided-diffusion' && manifest.image.flexible) {
      const message = 'must be false: the steps of a guided diffusion take pictures of one size';
      context.addIssue({ code: 'custom', path: ['image', 'flexible'], message });
    }
    const present = Object.keys(manifest.networks);
    for (const [field, key] of networkFields(manifest.translator)) {
      if (present.includes(key)) continue;
      const message = `names "${key}", networks has ${present.join(', ') || 'none'}`;
      context.addIssue({ code: 'custom', path: ['translator', ...field.split('.')], message });
    }
  });

export type Manifest = z.infer<typeof manifestSchema>;
export type NetworkManifest = Manifest['networks'][string];
export type TensorInterface = NetworkManifest['inputs'][number];

/**
 * Keys and descriptions of the networks that requests are answered with.
 * @param stepsPerRun of samplings: the network of several steps is for more than one
 */
export function servedNetworks(
  { networks, translator: described }: Pick<Manifest, 'networks' | 'translator'>,
  stepsPerRun = 1,
): [string, NetworkManifest][] {
  const isUnused = described.kind === 'guided-diffusion' && stepsPerRun === 1;
  const unused = isUnused ? described.steps : undefined;
  return Object.entries(networks).filter(([key]) => key !== unused);
}

/** The key of the network that makes the picture. */
export function picturingNetwork({ translator: described }: Pick<Manifest, 'translator'>): string {
  switch (described.kind) {
    case 'feed-forward':
      return described.network;
    case 'exemplar-guided':
      return described.generator;
    case 'vector-quantized':
      return described.target.decoder;
    case 'guided-diffusion':
      return described.step;
  }
}

/** A manifest that is not JSON or not of the schema; the message lists every field at fault. */
export class ManifestError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'MANIFEST_INVALID', status: 500, ...options });
  }
}

/**
 * Reads a manifest.
 * @param text content of manifest.json
 * @param where path for messages
 * @throws ManifestError naming every field at fault
 */
export function parseManifest(text: string, where: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ManifestError(`${where} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const result = manifestSchema.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new ManifestError(`${where} is not a valid manifest: ${faults.join('; ')}`);
}
