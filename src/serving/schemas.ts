import { z } from 'zod';
import { modelNamePattern } from '../core/manifest.ts';
import { acceptedFormats, type OutputFormat, outputFormatNames, sizeRequests } from '../image/index.ts';
import { samplingAbilities, samplingOptions } from './diffusion/schemas.ts';
import { guidanceFiles, guidanceOptions, targetDomain } from './guidance/schemas.ts';
import { modelStates } from './model-entry.ts';
import { abilities } from './translators/abilities.ts';
import { batchSources } from './tuning/batch-policy.ts';
import { priorities } from './work.ts';

/** Requests and answers: what validates is also what /docs shows. */

/** A form or a query, by what its fields become. */
export type Fields<Output = unknown> = z.ZodType<Output>;

/** What the fields of a form have become when they are valid. */
export type ValuesOf<Form extends Fields> = z.output<Form>;

const formatNames = [...outputFormatNames, 'jpg'] as const;

const format = z
  .enum(formatNames, `one of ${formatNames.join(', ')}`)
  .transform((name): OutputFormat => (name === 'jpg' ? 'jpeg' : name))
  .describe('Format of the answer; outranks the Accept header. Without either: png. avif is slow to encode.');

const qualityRange = 'a whole number from 1 to 100';
const quality = z.coerce
  .number(qualityRange)
  .int(qualityRange)
  .min(1, qualityRange)
  .max(100, qualityRange)
  .describe('Quality of a jpeg, webp or avif answer, 1 (small) to 100 (good). png is lossless and has none.');

const size = z
  .enum(sizeRequests, `one of ${sizeRequests.join(', ')}`)
  .describe(
    'model (default): about the size the model was trained for; a fully convolutional model keeps the aspect of the picture, any other cuts out its middle. original: as large as the picture, for fully convolutional models, up to the number of pixels in their manifest.',
  );

const timeoutRange = 'a number of seconds above 0';
const timeout = z.coerce
  .number(timeoutRange)
  .positive(timeoutRange)
  .describe(
    'Seconds from the arrival of the request until which a lane must have begun it; then 504. Decimals are fine. What has begun is finished.',
  );

const priority = z
  .enum(priorities, `one of ${priorities.join(', ')}`)
  .describe('What is more urgent overtakes what came shortly before it; normal when not given.');

/** Headers for clients that cannot add a field; fields outrank them. */
export const translateHeaders = z.looseObject({
  'x-request-timeout': timeout.optional(),
  'x-priority': priority.optional(),
  prefer: z
    .string()
    .optional()
    .describe('respond-async: the answer is a job, 202, as soon as the picture is read and admitted.'),
});

/** What every request for pictures may say. */
export const answerOptions = {
  format: format.optional(),
  quality: quality.optional(),
  timeout: timeout.optional(),
  priority: priority.optional(),
  to: targetDomain.optional(),
};

/** What one that brings a picture may say of it. */
export const sizeOption = { size: size.optional() };

/** The picture that a request brings. */
export const imageFile = z
  .custom<Uint8Array>(
    (value) => value instanceof Uint8Array,
    'the picture is missing: add a file field "image"',
  )
  .meta({ type: 'string', format: 'binary', description: `The picture: ${acceptedFormats}.` });

const options = { ...answerOptions, ...sizeOption, ...guidanceOptions, ...samplingOptions };

/** `?format=...&quality=...&size=...` and so on; a name that is not one of these is an error, not ignored. */
export const translateQuery = z.strictObject(options);

export const translateForm = z.strictObject({
  image: imageFile,
  ...guidanceFiles,
  ...options,
});

export const modelParams = z.object({
  model: z
    .string()
    .regex(modelNamePattern, 'not a model name')
    .describe('Name of a model, as GET /models lists it.'),
});

const version = z.string().min(1).max(64).describe('Version of a model, as its folder is called.');

export const versionParams = modelParams.extend({ version });

/** What a path names: without a version, the one that answers for the name. */
export type ModelTarget = z.output<typeof modelParams> & { readonly version?: string };

const modelState = z.enum(modelStates);

const modelSummary = z.object({
  name: z.string(),
  version: z.string(),
  state: modelState,
  serving: z.boolean().describe('True for the version that answers requests for this name.'),
  reason: z
    .string()
    .optional()
    .describe('Why it failed; beside the state ready, why the version could not be loaded anew.'),
  description: z.string().optional(),
  method: z.string().optional(),
  sourceDomain: z.string().optional(),
  targetDomain: z.string().optional(),
  provider: z
    .string()
    .optional()
    .describe('Execution provider that really runs it; present when state is ready.'),
  batch: z
    .object({
      maxBatch: z.int(),
      from: z.enum(batchSources),
      sizes: z
        .array(z.object({ width: z.int(), height: z.int(), maxBatch: z.int() }))
        .readonly()
        .optional()
        .describe(
          'Where several sizes were measured; a picture goes by the one with the nearest number of pixels.',
        ),
    })
    .optional()
    .describe('Most pictures of one of its runs, and what said so; present when state is ready.'),
  capabilities: z
    .object({
      outputs: z
        .int()
        .describe(
          'Most pictures of one request; 1: outputs, seed, attribute, style and interpolate are refused.',
        ),
      styles: z.int().describe('Most style pictures of one request.'),
      attributeCodeSize: z.int().optional().describe('Numbers of an attribute code.'),
      requests: z.array(z.enum(abilities)).readonly().describe('What it can be asked for, each by POST.'),
      domains: z.array(z.string()).readonly().describe('Names that `to` may have.'),
      sampling: samplingAbilities
        .optional()
        .describe('Present for models that sample, which take strength, steps and so on.'),
    })
    .optional()
    .describe('What can be asked of it; present when state is ready.'),
});

export const modelList = z.object({ models: z.array(modelSummary) });

export const modelDetails = modelSummary.extend({
  loadSeconds: z.number().optional().describe('From reading the manifest to the end of the warm-up.'),
  manifest: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('The manifest as published; absent when it cannot be read.'),
});

/** A name that cannot be a model's is listed too, so that it can be told what is wrong. */
export const adminParams = z.object({ model: z.string().min(1) });

export const adminBody = z.strictObject({ version: version.optional() }).nullish();

export const adminModels = z.object({
  models: z.array(
    modelSummary.pick({ name: true, version: true, state: true, serving: true, reason: true }).extend({
      kept: z.boolean().describe('True for a version that was asked for: a newer one does not replace it.'),
      requests: z.int().describe('Requests that hold it now.'),
      loadSeconds: z.number().optional(),
      drainSeconds: z.number().optional(),
    }),
  ),
});

export const liveness = z.object({ status: z.literal('alive') });

export const readiness = z.object({
  status: z.enum(['ready', 'loading', 'draining', 'stopping', 'no-lanes']),
  provider: z.object({ asked: z.string(), running: z.string().nullable(), device: z.int() }),
  lanes: z.record(z.string(), z.int()).describe('Lanes by state.'),
  models: z.array(modelSummary.pick({ name: true, version: true, state: true, reason: true, batch: true })),
});

export const home = z.object({
  service: z.literal('unpaired'),
  version: z.string(),
  docs: z.string(),
  models: z.string(),
  translate: z.string(),
});

/** RFC 9457, with our code, the request's id and the fields at fault. */
export const problem = z
  .object({
    type: z.string().describe('What kind of problem: a stable path that can be opened.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('Stable, upper-case, for programs.'),
    instance: z.string().describe('Path of the request.'),
    requestId: z.string().describe('As in the x-request-id header; quote it when asking about a problem.'),
    errors: z
      .array(
        z.object({
          location: z.enum(['path', 'query', 'form', 'header', 'body']),
          field: z.string(),
          message: z.string(),
        }),
      )
      .optional()
      .describe('Each field at fault; present when fields are.'),
  })
  .meta({ id: 'Problem' });

export type Problem = z.output<typeof problem>;

export const problemKind = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  meaning: z.string(),
});

export const problemKinds = z.object({ problems: z.array(problemKind) });

export const problemParams = z.object({
  problem: z.string().describe('Code of the problem, lower case, with dashes.'),
});
