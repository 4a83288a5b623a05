import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { outputFormats } from '../image/index.ts';
import { severalContent, severalDescription } from './answers/answers-schema.ts';
import type { AppInstance } from './context.ts';
import { jobDocument } from './jobs/schemas.ts';
import { problemMediaType } from './problems.ts';
import { problem } from './schemas.ts';
import { documentationPolicy } from './security-headers.ts';

/** A picture as JSON schema has to put it. */
const binary = { type: 'string', format: 'binary' } as const;

/** An answer that is a problem document. */
export function problemResponse(description: string) {
  return { description, content: { [problemMediaType]: { schema: problem } } };
}

const pictures = Object.fromEntries(
  Object.values(outputFormats).map(({ mediaType }) => [mediaType, { schema: z.any().meta(binary) }]),
);

/** What /docs says of a request for pictures beside its fields. */
export function picturesDescription(tag: string, summary: string, description: string) {
  return {
    tags: [tag],
    summary,
    description: [description, answerDescription, severalDescription].join('\n\n'),
    consumes: ['multipart/form-data'],
    response: {
      200: {
        description: 'The picture, or several of them.',
        content: { ...pictures, ...severalContent },
      },
      202: {
        description: 'Prefer: respond-async: the job that Location names.',
        content: { 'application/json': { schema: jobDocument } },
      },
      400: problemResponse('The form cannot be read.'),
      401: problemResponse('API keys are in use, and none that is known came.'),
      404: problemResponse('There is no such model.'),
      406: problemResponse('None of our formats is acceptable to the client.'),
      408: problemResponse('The request did not arrive in time.'),
      413: problemResponse('Too many bytes or too many pixels.'),
      415: problemResponse('Not a media type or a picture format that is read.'),
      422: problemResponse('A field is wrong, or the picture is broken.'),
      429: problemResponse(
        'The queue or the slots for uploads are full, or the client asks too often: come back after Retry-After seconds.',
      ),
      500: problemResponse('The network failed, or lanes were lost that ran this picture.'),
      503: problemResponse('The model is not ready, or the service is stopping.'),
      504: problemResponse('No lane is free before the deadline: come back after Retry-After seconds.'),
    },
  };
}

const answerDescription =
  'The options go in the query or, in a form, in fields of the same names, which outrank the query, which outranks headers. The answer names the model in `unpaired-model`, `unpaired-model-version` and `unpaired-provider`, and the time of each stage in `server-timing`. With `Prefer: respond-async` the answer is a job (202), with `Accept: text/event-stream` the events of a job: `state`, `progress`, and `preview` where there is something to see before the end.';

export const translateDescription = picturesDescription(
  'translate',
  'Translate a picture',
  'Send the picture as the form field `image` or as the body itself. Models with capabilities.sampling make it in many steps, which jobs can follow, and end early.',
);

/** Serves the description of every route at /docs, and as JSON at /docs/json. */
export async function describeApi(app: AppInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Unpaired',
        description: 'Unpaired image-to-image translation. Every error is a problem document (RFC 9457).',
        version,
      },
      // None, or one of two, as API_KEYS_FILE has it.
      security: [{}, { bearer: [] }, { header: [] }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          header: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
        },
      },
    },
    transform: (document) => {
      const transformed = jsonSchemaTransform(document);
      const { schema } = transformed;
      if (!document.route.config?.pictureBody) return transformed;
      const form = schema.body as { readonly properties?: object };
      const content = {
        'multipart/form-data': { schema: form },
        ...('image' in (form.properties ?? {}) && { 'image/*': { schema: binary } }),
      };
      return { ...transformed, schema: { ...schema, body: { content } } };
    },
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: documentationPolicy });
}
