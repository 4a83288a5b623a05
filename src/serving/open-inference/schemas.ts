import { z } from 'zod';

/** Requests and answers of the Open Inference Protocol (KServe "v2"), as its REST part has them. */

const parameters = z
  .looseObject({})
  .describe('Values that the protocol leaves to servers; unknown ones are passed over.');

export const inferenceParams = z.object({
  model: z.string().describe('Name of a model, as GET /models lists it.'),
});

export const inferenceVersionParams = inferenceParams.extend({
  version: z.string().describe('Version of a model, as its folder is called.'),
});

/** A path below which the routes of a model are, with its parameters. */
export interface ModelPath {
  readonly url: string;
  readonly params: typeof inferenceParams | typeof inferenceVersionParams;
}

/** What a path names: without a version, the one that answers for the name. */
export type ModelTarget = z.output<typeof inferenceParams> & { readonly version?: string };

const shape = z.array(z.int().nonnegative()).min(1).max(8);

const requestInput = z.object({
  name: z.string(),
  shape,
  datatype: z.string().describe('UINT8 or FP32, as the metadata of the model says.'),
  parameters: parameters
    .extend({
      binary_data_size: z
        .int()
        .nonnegative()
        .optional()
        .describe('Bytes of this tensor after the JSON, where it is not in data.'),
    })
    .optional(),
  data: z.unknown().optional().describe('Values in row-major order, flat or nested.'),
});

const requestOutput = z.object({
  name: z.string(),
  parameters: parameters
    .extend({ binary_data: z.boolean().optional().describe('Send this output as bytes after the JSON.') })
    .optional(),
});

export const inferenceRequest = z.object({
  id: z.string().max(256).optional().describe('Comes back in the answer.'),
  parameters: parameters
    .extend({
      binary_data_output: z.boolean().optional().describe('Send all outputs as bytes after the JSON.'),
    })
    .optional(),
  inputs: z.array(requestInput).min(1).max(16),
  outputs: z.array(requestOutput).max(16).optional().describe('Outputs that are wanted; without it all.'),
});

export type InferenceRequest = z.output<typeof inferenceRequest>;
export type RequestInput = InferenceRequest['inputs'][number];

const responseOutput = z.object({
  name: z.string(),
  shape,
  datatype: z.string(),
  parameters: z.object({ binary_data_size: z.int() }).optional(),
  data: z.array(z.union([z.number(), z.boolean()])).optional(),
});

export const inferenceResponse = z.object({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  outputs: z.array(responseOutput),
});

export type InferenceResponse = z.output<typeof inferenceResponse>;

export const inferenceError = z.object({ error: z.string() });

export const serverMetadata = z.object({
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string()),
});

const tensorMetadata = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int()).describe('-1 for what a request may choose; the first dimension counts pictures.'),
});

export const modelMetadata = z.object({
  name: z.string(),
  versions: z.array(z.string()).describe('Versions that take requests.'),
  platform: z.string(),
  inputs: z.array(tensorMetadata),
  outputs: z.array(tensorMetadata),
});

export const modelReadiness = z.object({ name: z.string(), ready: z.boolean() });
