import { z } from 'zod';

/** What a `case.json` says, as far as it is read here. Further fields are comments for people and are let pass. */

const file = z
  .string()
  .regex(/^[^/\\]+$/, 'the name of a file beside case.json')
  .refine((name) => name !== '.' && name !== '..', 'the name of a file beside case.json');

const tensorFile = z.object({
  name: z.string().min(1),
  file,
  shape: z.array(z.int().min(0)).describe('[] is a scalar with one element.'),
  dtype: z.string().min(1),
});

const output = tensorFile.extend({
  elements: z.array(z.string()).optional().describe('Names of the elements of a vector.'),
  atol: z
    .number()
    .min(0)
    .optional()
    .describe('Largest accepted difference of an element; absent for integers, which must be equal.'),
  f64_equal: z
    .boolean()
    .optional()
    .describe('False: a choice that the published code itself makes otherwise in double precision.'),
  allowed_outlier_fraction: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Parameters after an Adam step: this part of the elements may go the other way.'),
});

const weightsFile = z.object({ file, net: z.string().min(1) });

export const caseSchema = z.object({
  name: z.string().min(1),
  class_or_function: z.string().min(1),
  source_repo: z.string().default(''),
  constructor_args: z.record(z.string(), z.unknown()).default({}),
  weights: z.array(weightsFile).default([]),
  inputs: z.array(tensorFile).default([]),
  outputs: z.array(output).min(1),
  notes: z.string().default(''),
  /** Of samplers: what a saved loop ran with, and what its single steps were given. */
  loop_settings: z.record(z.string(), z.unknown()).default({}),
  sampler_settings: z.record(z.string(), z.unknown()).default({}),
});

export type CaseDeclaration = z.output<typeof caseSchema>;
export type TensorFile = z.output<typeof tensorFile>;
export type OutputDeclaration = z.output<typeof output>;
