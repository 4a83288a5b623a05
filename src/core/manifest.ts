import { z } from 'zod';
import { conditionings } from './code-map/coordinates.ts';
import { UnpairedError } from './errors.ts';

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

const networkKey = z.string().min(1);

/** What paints pictures of one domain. */
const paintedDomain = z.strictObject({
  styleEncoder: networkKey.describe('Key in networks: a picture of the domain becomes a style code.'),
  decoder: networkKey.describe(
    'Key in networks: indices of codes [n, h, w], its first input, and the style codes of k vertical strips of equal width [n, k, size], its second, become a picture.',
  ),
  styles: z
    .strictObject({
      mean: z.array(z.number()).min(1),
      factor: z.array(z.array(z.number())).min(1).describe('Rows of a square matrix.'),
    })
    .optional()
    .describe(
      'How the styles of training pictures are distributed: mean + factor z, z standard normal. Without it styles are not sampled.',
    ),
});

/** Tells how likely each code is to follow those before it. */
const codePrior = z.strictObject({
  network: networkKey.describe('Key in networks: a step of a code transformer with a key/value cache.'),
  window: z
    .strictObject({ height: z.int().positive(), width: z.int().positive() })
    .describe('Codes that it sees at once.'),
  conditioning: z
    .enum(conditionings)
    .describe('Which coordinates come before the codes of a window that lies beyond the first.'),
});

/** How a picture becomes a picture. The router looks at `kind`, never at the method's name. */
const translator = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('feed-forward').describe('One run of one network, picture in, picture out.'),
    network: networkKey.describe('Key in networks; its first input and output are the pictures.'),
  }),
  z.strictObject({
    kind: z
      .literal('exemplar-guided')
      .describe('The content of a picture, and a code that says which of many outputs is made of it.'),
    contentEncoder: networkKey.describe('Key in networks: a picture becomes its content.'),
    attributeEncoder: networkKey.describe('Key in networks: a picture of the target domain becomes a code.'),
    generator: networkKey.describe(
      'Key in networks: content, its first input, and a code, its second, become a picture.',
    ),
    attributeCodeSize: z
      .int()
      .positive()
      .describe('Length of a code. Codes may be drawn from the standard normal distribution.'),
  }),
  z.strictObject({
    kind: z
      .literal('vector-quantized')
      .describe('Pictures of both domains as maps of codes from one codebook, painted in a style.'),
    contentEncoder: networkKey.describe(
      'Key in networks: a picture of either domain becomes indices of codes.',
    ),
    codebookSize: z.int().min(2),
    pixelsPerCode: z
      .int()
      .positive()
      .describe('Pixels along each side of the square that one code stands for.'),
    styleCodeSize: z.int().positive(),
    source: paintedDomain,
    target: paintedDomain,
    prior: codePrior.optional().describe('Present when the model can make codes up.'),
  }),
]);

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

/** The fields of a translator that name networks, with the names. */
function networkFields(described: z.infer<typeof translator>): readonly (readonly [string, string])[] {
  switch (described.kind) {
    case 'feed-forward':
      return [['network', described.network]];
    case 'exemplar-guided': {
      const { contentEncoder, attributeEncoder, generator } = described;
      return Object.entries({ contentEncoder, attributeEncoder, generator });
    }
    case 'vector-quantized': {
      const { contentEncoder, source, target, prior } = described;
      return Object.entries({
        contentEncoder,
        'source.styleEncoder': source.styleEncoder,
        'source.decoder': source.decoder,
        'target.styleEncoder': target.styleEncoder,
        'target.decoder': target.decoder,
        ...(prior && { 'prior.network': prior.network }),
      });
    }
  }
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
