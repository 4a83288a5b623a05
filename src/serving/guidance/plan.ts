import { randomInt } from 'node:crypto';
import { UnpairedError } from '../../core/errors.ts';
import type { AttributeSpace } from '../translators/translator.ts';
import { type AttributeCode, attributeCode } from './attribute-code.ts';
import type { CodeDistribution } from './code-distribution.ts';
import { type Interpolation, interpolateCodes } from './interpolate.ts';

/** Most pictures of one request. */
export const mostOutputs = 16;
/** Most style pictures of one request. */
export const mostStyles = 8;

/** What a request says of the pictures that it wants, each field valid by itself. */
export interface GuidanceWishes {
  readonly outputs?: number | undefined;
  /** An unsigned integer of 32 bits. */
  readonly seed?: number | undefined;
  /** Encoded pictures of the target domain. */
  readonly style?: readonly Uint8Array[] | undefined;
  readonly attribute?: readonly AttributeCode[] | undefined;
  readonly attribute_scale?: number | undefined;
  readonly interpolate?: number | undefined;
  readonly interpolation?: Interpolation | undefined;
}

const guidanceFields = [
  'outputs',
  'seed',
  'style',
  'attribute',
  'attribute_scale',
  'interpolate',
  'interpolation',
] as const satisfies readonly (keyof GuidanceWishes)[];

export type GuidanceField = keyof GuidanceWishes;

/** What one picture is made with. */
export interface Look {
  readonly code: AttributeCode;
  /** Where the code comes from, in words. */
  readonly label: string;
  /** Present when the code was sampled. */
  readonly seed?: number;
}

/** The pictures that a request is for. */
export interface GuidancePlan {
  readonly pictures: number;
  /** What codes are sampled with; undefined when none is. */
  readonly seed: number | undefined;
  /** To be encoded to codes first. */
  readonly styles: readonly Uint8Array[];
  /** What each picture is made with, in order, once the codes of the style pictures are known. */
  looks(styleCodes: readonly AttributeCode[]): readonly Look[];
}

/** One or more fields of a request's guidance are not acceptable, or not beside each other, or not for this model. */
export class GuidanceError extends UnpairedError {
  readonly faults: readonly { readonly field: string; readonly message: string }[];

  constructor(faults: GuidanceError['faults']) {
    super(faults.map(({ field, message }) => `${field}: ${message}`).join('; '), {
      code: 'INVALID_ARGUMENT',
      status: 422,
    });
    this.faults = faults;
  }
}

/** What decides on the pictures of a request. */
export interface GuidanceRules {
  /** The model's codes; undefined: it makes one picture of a picture. */
  readonly attributes: Pick<AttributeSpace, 'codeSize' | 'distribution'> | undefined;
  /** Most pictures that one request may have, where that is below 16. */
  readonly mostPictures?: number;
}

/**
 * Decides which pictures a request is for.
 *
 * - The guides are the codes of `attribute`, then the style pictures. Without further wishes each gives a picture.
 * - `outputs`: so many pictures: the guides' first, sampled ones for the rest.
 * - `interpolate`: so many steps from the first of two guides to the second, both included.
 * - Sampled codes come from `seed`, or from one that is drawn; the first sampled one is the seed's first.
 * - `attribute_scale` scales every code at the end, about the mean of the model's codes.
 *
 * @returns undefined for a model that makes one picture of a picture
 * @throws GuidanceError naming each field at fault
 */
export function planGuidance(wishes: GuidanceWishes, rules: GuidanceRules): GuidancePlan | undefined {
  const { attributes, mostPictures = mostOutputs } = rules;
  if (attributes === undefined) {
    requireNone(wishes);
    return undefined;
  }
  const { codeSize, distribution } = attributes;
  requireCodes(wishes.attribute ?? [], codeSize);
  requireConsistent(wishes, Math.min(mostOutputs, mostPictures));
  if (distribution === undefined) requireGiven(wishes, samples(wishes));
  const { attribute = [], style = [], attribute_scale: scale = 1, interpolate, interpolation } = wishes;
  const pictures = picturesOf(wishes);
  const seed = wishes.seed ?? randomInt(2 ** 32);
  const given = attribute.map((code, index) => ({
    code: attributeCode(code),
    label: `attribute code ${index + 1}`,
  }));
  return {
    pictures,
    seed: samples(wishes) ? seed : undefined,
    styles: style,
    looks(styleCodes) {
      const read = styleCodes.map((code, index) => ({ code, label: `style ${index + 1}` }));
      const guides = [...given, ...read];
      const looks =
        interpolate === undefined
          ? [...guides, ...sampled(seed, pictures - guides.length, distribution)]
          : filmstrip(guides, interpolate, interpolation ?? 'spherical', distribution?.mean);
      return looks.map((look) => ({ ...look, code: distribution?.scale(look.code, scale) ?? look.code }));
    },
  };
}

function guideCount({ attribute = [], style = [] }: GuidanceWishes): number {
  return attribute.length + style.length;
}

function samples(wishes: GuidanceWishes): boolean {
  return wishes.interpolate === undefined && picturesOf(wishes) > guideCount(wishes);
}

/** How many pictures a request is for. */
export function picturesOf(wishes: GuidanceWishes): number {
  return wishes.interpolate ?? wishes.outputs ?? Math.max(1, guideCount(wishes));
}

function sampled(seed: number, count: number, distribution: CodeDistribution | undefined): Look[] {
  if (distribution === undefined) return [];
  return Array.from({ length: count }, (_, place) => ({
    code: distribution.sample(seed, place),
    label: `sample ${place + 1} of seed ${seed}`,
    seed,
  }));
}

function filmstrip(
  guides: readonly Look[],
  steps: number,
  interpolation: Interpolation,
  mean: AttributeCode | undefined,
): Look[] {
  const [from, to] = guides as [Look, Look];
  return interpolateCodes(from.code, to.code, steps, interpolation, mean).map((code, step) => ({
    code,
    label: `step ${step + 1} of ${steps}`,
  }));
}

/** One output is what such a model gives; anything else would be passed over without a word. */
function requireNone(wishes: GuidanceWishes): void {
  const asked = guidanceFields.filter((field) => {
    const value = wishes[field];
    return Array.isArray(value)
      ? value.length > 0
      : value !== undefined && !(field === 'outputs' && value === 1);
  });
  if (asked.length === 0) return;
  const message =
    'this model makes one picture of a picture: it has no attribute codes; GET /models tells in capabilities which models make several';
  throw new GuidanceError(asked.map((field) => ({ field, message })));
}

/** @throws GuidanceError when one has another length */
export function requireCodes(codes: readonly AttributeCode[], size: number): void {
  const wrong = codes.findIndex((code) => code.length !== size);
  if (wrong < 0) return;
  const which = codes.length > 1 ? `code ${wrong + 1} ` : '';
  refuse('attribute', `${which}has ${codes[wrong]?.length} numbers; a code of this model has ${size}`);
}

function requireConsistent(wishes: GuidanceWishes, most: number): void {
  const { outputs, seed, interpolate, interpolation } = wishes;
  const guides = guideCount(wishes);
  if (interpolate !== undefined) {
    if (guides !== 2)
      refuse('interpolate', `goes from one code or style picture to another: two are needed, got ${guides}`);
    if (outputs !== undefined)
      refuse(
        'outputs',
        'says how many pictures there are; beside interpolate, which says so too, it must be absent',
      );
  }
  if (interpolation !== undefined && interpolate === undefined)
    refuse('interpolation', 'says how to interpolate; interpolate=k must say how many steps');
  if (outputs !== undefined && outputs < guides)
    refuse(
      'outputs',
      `is ${outputs}, and there are ${guides} codes and style pictures, each of which gives a picture`,
    );
  const pictures = picturesOf(wishes);
  if (pictures > most)
    refuse(decidingField(wishes), `${pictures} pictures; at most ${most} are made for one request`);
  if (seed !== undefined && !samples(wishes))
    refuse(
      'seed',
      'samples codes, and here every picture has a given one; leave it out, or ask for more outputs',
    );
}

/**
 * Where nothing is known of a model's codes, what would be sampled, or scaled, has to be given.
 * @throws GuidanceError
 */
export function requireGiven(
  { attribute_scale: scale = 1 }: Pick<GuidanceWishes, 'attribute_scale'>,
  isSampled: boolean,
): void {
  if (isSampled)
    refuse(
      'style',
      'this model has no distribution of styles to sample from: send a style picture or an attribute code for each picture',
    );
  if (scale !== 1)
    refuse('attribute_scale', 'scales about the mean of all styles, which this model does not know');
}

/** The field that says how many pictures there are. */
export function decidingField({ interpolate, outputs, attribute }: GuidanceWishes): GuidanceField {
  if (interpolate !== undefined) return 'interpolate';
  if (outputs !== undefined) return 'outputs';
  return attribute === undefined ? 'style' : 'attribute';
}

/** @throws GuidanceError always */
export function refuse(field: string, message: string): never {
  throw new GuidanceError([{ field, message }]);
}
