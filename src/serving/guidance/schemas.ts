import { z } from 'zod';
import { acceptedFormats } from '../../image/index.ts';
import { decimalSchema } from '../decimal-schema.ts';
import { interpolations } from './interpolate.ts';
import { mostOutputs, mostStyles } from './plan.ts';

/** The fields of a translation that say which of a picture's many translations are wanted. */

function count(minimum: number) {
  const range = `a whole number from ${minimum} to ${mostOutputs}`;
  return z.coerce.number(range).int(range).min(minimum, range).max(mostOutputs, range);
}

const seedRange = `a whole number from 0 to ${2 ** 32 - 1}`;
const seed = z
  .string(seedRange)
  .regex(/^\d{1,10}$/, seedRange)
  .transform(Number)
  .refine((value) => value < 2 ** 32, seedRange);

const scaleRange = 'a number from 0 to 10';
const attributeScale = decimalSchema(scaleRange, (value) => value <= 10);

/** Far beyond what is ever sampled, and what float32 can still multiply. */
const largestNumber = 1e6;
const number = z.number().min(-largestNumber).max(largestNumber);
const code = z.array(number).min(1);
const codes = z.union([code.transform((one) => [one]), z.array(code).min(1).max(mostOutputs)]);

const attributeRule = `JSON: one code ([0.3, -1.2, ...]) or a list of at most ${mostOutputs} codes, of numbers from -1e6 to 1e6`;
const attribute = z.string(attributeRule).transform((text, context) => {
  const parsed = codes.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: `must be ${attributeRule}` });
  return z.NEVER;
});

/** undefined for what is no JSON, which no JSON is. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The domain that pictures are made in. */
export const targetDomain = z
  .string()
  .min(1, 'the name of a domain')
  .describe(
    'Name of the domain to translate into, for models with several in capabilities.domains. Default: targetDomain of the model.',
  );

/** Fields of the query and the form. */
export const guidanceOptions = {
  outputs: count(1)
    .optional()
    .describe(
      'How many pictures, for models with capabilities.outputs above 1: those of attribute and style first, sampled ones for the rest. Default: one for each attribute code and style picture, or 1.',
    ),
  seed: seed
    .optional()
    .describe(
      `What codes, or noises, are sampled with, ${seedRange}: the same picture, seed and model version give the same pixels. Default: one is drawn, and returned.`,
    ),
  attribute: attribute.optional().describe(`Attribute codes to use, as answers tell them: ${attributeRule}.`),
  attribute_scale: attributeScale
    .optional()
    .describe(
      'Every code is moved away from the mean of all codes by this factor at the end: below 1 plainer, above 1 stronger, 0 the mean itself. Where codes are normally distributed by training (DRIT) the mean is zero. Default 1.',
    ),
  interpolate: count(2)
    .optional()
    .describe(
      'So many pictures on the way from one code to another, both included: two of attribute and style are needed.',
    ),
  interpolation: z
    .enum(interpolations, `one of ${interpolations.join(', ')}`)
    .optional()
    .describe('The way that interpolate takes. Default: spherical.'),
};

/** Fields of the form alone. */
export const guidanceFiles = {
  style: z
    .array(
      z
        .custom<Uint8Array>((value) => value instanceof Uint8Array)
        .meta({ type: 'string', format: 'binary', description: `${acceptedFormats}.` }),
      'send style pictures as files, each in a field "style" of its own',
    )
    .max(mostStyles, `at most ${mostStyles} style pictures a request`)
    .optional()
    .describe(
      'Pictures of the domain that is translated into, whose looks are taken over, for models with capabilities.styles above 0.',
    ),
};
