import { z } from 'zod';
import { givenParts } from '../../core/code-map/partial-map.ts';
import { interpolations } from '../guidance/interpolate.ts';
import { guidanceFiles, guidanceOptions, parseJson } from '../guidance/schemas.ts';
import { answerOptions, imageFile, sizeOption } from '../schemas.ts';

/** Queries and forms of the requests that are made of codes; each field says what is true of it by itself. */

function wholeNumber(minimum: number, maximum: number) {
  const range = `a whole number from ${minimum} to ${maximum}`;
  return z.coerce.number(range).int(range).min(minimum, range).max(maximum, range);
}

/** More than any model makes; what it does make, its manifest says. */
const [mostCodes, mostPixels, mostStrips] = [4096, 65_536, 256];

const temperatureRange = 'a number above 0, at most 100';
const probabilityRange = 'a number above 0, at most 1';

/** How codes are drawn. */
const drawing = {
  temperature: z.coerce
    .number(temperatureRange)
    .positive(temperatureRange)
    .max(100, temperatureRange)
    .optional()
    .describe(`Below 1 likelier codes, above 1 more varied ones: ${temperatureRange}. Default 1.`),
  top_k: wholeNumber(1, 1_000_000)
    .optional()
    .describe('Only the so many likeliest codes are drawn from. Default: all of the codebook.'),
  top_p: z.coerce
    .number(probabilityRange)
    .positive(probabilityRange)
    .max(1, probabilityRange)
    .optional()
    .describe(
      `Only the likeliest codes that together have this probability are drawn from: ${probabilityRange}. Default 1.`,
    ),
  seed: guidanceOptions.seed
    .unwrap()
    .optional()
    .describe(
      'What codes and styles are drawn with: the same request, seed and model version give the same pixels. Default: one is drawn, and returned.',
    ),
};

const looks = {
  outputs: guidanceOptions.outputs
    .unwrap()
    .optional()
    .describe(
      'How many pictures, each of codes of its own; they take the given styles in turn. Default: one for each attribute code and style picture, or 1.',
    ),
  attribute: guidanceOptions.attribute,
  attribute_scale: guidanceOptions.attribute_scale,
};

const side = (name: string) =>
  wholeNumber(1, mostCodes)
    .optional()
    .describe(`${name} in codes, at least that of the prior's window, which is the default.`);

const made = { height: side('Height'), width: side('Width') };

const from = z
  .string()
  .min(1)
  .optional()
  .describe('Name of the domain that the picture is of. Default: sourceDomain of the model.');

const continued = {
  ...answerOptions,
  ...sizeOption,
  ...looks,
  ...drawing,
  from,
  to: answerOptions.to
    .unwrap()
    .optional()
    .describe(
      'Name of the domain that the result is painted in. Default: the domain that the picture is of.',
    ),
};

const margin = (where: string) =>
  wholeNumber(0, mostPixels)
    .optional()
    .describe(`Pixels to add at the ${where}, of the picture at the size that the model sees. Default 0.`);

/** Rows of equal length. */
const rows = z
  .array(z.array(z.union([z.literal(0), z.literal(1)])).min(1))
  .min(1)
  .refine(([first, ...others]) => others.every(({ length }) => length === first?.length));

const maskRule = 'JSON: rows of equal length, of 0 and 1';
const mask = z
  .string(maskRule)
  .transform((text, context) => {
    const parsed = rows.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: `must be ${maskRule}` });
    return z.NEVER;
  })
  .optional()
  .describe(
    `Which codes of the picture are kept (1), and which are made up (0): ${maskRule}, one for each code.`,
  );

const generation = { ...answerOptions, ...looks, ...drawing, ...made };
const extension = { ...continued, left: margin('left'), right: margin('right') };
const completion = {
  ...continued,
  given: z
    .enum(givenParts, `one of ${givenParts.join(', ')}`)
    .optional()
    .describe('The part of the picture that is kept; the rest is made up. Or mask.'),
  mask,
};
const transition = {
  ...generation,
  ...sizeOption,
  strips: wholeNumber(2, mostStrips)
    .optional()
    .describe(
      'Vertical strips of equal width, each in a style of its own: the width in codes is a multiple of them, at least twice as large. Default: about 16, where the width allows.',
    ),
  interpolation: z
    .enum(interpolations, `one of ${interpolations.join(', ')}`)
    .optional()
    .describe('The way from one style to the next. Default: linear.'),
};

/** By what is asked for: the fields that may come in the query, and all of a form. */
export const paintingFields = {
  generate: fieldsOf(generation, {}),
  extend: fieldsOf(extension, { image: imageFile }),
  complete: fieldsOf(completion, { image: imageFile }),
  transition: fieldsOf(transition, {
    image: imageFile
      .optional()
      .meta({ description: 'The picture. Without one, content is made up, of width x height codes.' }),
  }),
};

function fieldsOf<Options extends z.ZodRawShape, Files extends z.ZodRawShape>(
  options: Options,
  files: Files,
) {
  const query = z.strictObject(options);
  return { query, form: z.strictObject({ ...files, ...guidanceFiles, ...options }) };
}
