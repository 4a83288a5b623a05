import { z } from 'zod';
import { samplingSettings } from '../diffusion/schemas.ts';
import { severalMediaTypes } from './negotiate-several.ts';

const picture = z.object({
  image: z.string().describe('The picture as a data URI.'),
  mediaType: z.string(),
  width: z.int(),
  height: z.int(),
  attribute: z
    .array(z.number())
    .optional()
    .describe(
      'The attribute code that it was made with: sent back as `attribute`, it makes the picture again.',
    ),
  seed: z.int().optional().describe('What its code was drawn with, or its noise.'),
  sampling: samplingSettings.optional().describe('How it was sampled: with its seed, what makes it again.'),
  label: z.string().optional(),
});

/** Several pictures as JSON. In a zip, `attributes.json` is the same with `file` in place of `image`. */
export const severalDocument = z.object({
  model: z.string(),
  version: z.string(),
  provider: z.string().describe('Execution provider that made them.'),
  pictures: z.array(picture),
});

export type SeveralDocument = z.output<typeof severalDocument>;

const binary = z.any().meta({ type: 'string', format: 'binary' });

/** The containers, as /docs shows them. */
export const severalContent = {
  [severalMediaTypes.multipart]: { schema: binary },
  [severalMediaTypes.json]: { schema: severalDocument },
  [severalMediaTypes.zip]: { schema: binary },
};

/** What /docs says of them. */
export const severalDescription =
  'Several pictures come as one contact sheet unless `Accept` prefers a container: `multipart/mixed` (a part each, with `unpaired-attribute` and `unpaired-seed`), `application/json` (data URIs) or `application/zip` (with `attributes.json`). Weights (`q`) are honoured; beside a container, the picture types in `Accept` say what its pictures are. The codes of a sheet are in its own `unpaired-attribute`, row by row.';
