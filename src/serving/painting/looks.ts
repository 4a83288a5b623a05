import { type AttributeCode, attributeCode } from '../guidance/attribute-code.ts';
import type { CodeDistribution } from '../guidance/code-distribution.ts';
import { codesAlong, type Interpolation } from '../guidance/interpolate.ts';
import { decidingField, mostOutputs, refuse, requireCodes, requireGiven } from '../guidance/plan.ts';
import type { AttributeSpace } from '../translators/translator.ts';

/** What a request says of the styles of its pictures, each field valid by itself. */
export interface LookWishes {
  readonly outputs?: number | undefined;
  readonly style?: readonly Uint8Array[] | undefined;
  readonly attribute?: readonly AttributeCode[] | undefined;
  readonly attribute_scale?: number | undefined;
}

/** What one picture is painted in. */
export interface PaintedLook {
  /** Of vertical strips of equal width, from the left. */
  readonly strips: readonly AttributeCode[];
  /** Where they come from, in words. */
  readonly label: string;
}

/** What the pictures of a request are painted in. */
export interface LooksPlan {
  readonly pictures: number;
  /** To be encoded to codes first. */
  readonly styles: readonly Uint8Array[];
  /** Whether the picture that was sent lends its own. */
  readonly own: boolean;
  /**
   * One a picture.
   * @param styleCodes of the style pictures
   * @param own code of the picture that was sent, where `own` says so
   * @param width of the map in codes
   */
  looks(
    styleCodes: readonly AttributeCode[],
    own: AttributeCode | undefined,
    width: number,
  ): readonly PaintedLook[];
}

export interface LookRules {
  readonly attributes: Pick<AttributeSpace, 'codeSize' | 'distribution'>;
  /** Samples styles. */
  readonly seed: number;
  readonly mostPictures: number;
}

/** A code, and where it comes from. */
interface Guide {
  readonly code: AttributeCode;
  readonly label: string;
}

/**
 * Decides what each picture is painted in: the codes of `attribute` and then the style pictures, one after the other and again
 * from the first; without any, in the picture's own style, where `own` says that it has one, or in sampled styles.
 * @throws GuidanceError
 */
export function planLooks(
  wishes: LookWishes & { readonly own: boolean },
  { attributes, seed, mostPictures }: LookRules,
): LooksPlan {
  const { style = [], attribute = [] } = wishes;
  const { distribution, codeSize } = attributes;
  const guides = style.length + attribute.length;
  const own = guides === 0 && wishes.own;
  const pictures = wishes.outputs ?? Math.max(1, guides);
  requireCodes(attribute, codeSize);
  requirePictures(wishes, { guides, pictures, most: Math.min(mostOutputs, mostPictures) });
  if (distribution === undefined) requireGiven(wishes, guides === 0 && !own);
  return {
    pictures,
    styles: style,
    own,
    looks(styleCodes, ownCode) {
      const given = ownCode ? [{ code: ownCode, label: 'own style' }] : guidesOf(attribute, styleCodes);
      return Array.from({ length: pictures }, (_, place) => {
        const { code, label } = given[place % given.length] ?? sample(distribution, seed, place);
        return { strips: [scaled(code, wishes, distribution)], label };
      });
    },
  };
}

/**
 * Decides on strips: the way through the codes of `attribute` and then the style pictures, in their order,
 * the same for every picture.
 * @throws GuidanceError
 */
export function planStrips(
  wishes: LookWishes & { readonly interpolation?: Interpolation | undefined },
  { attributes, mostPictures, stripsOf }: Omit<LookRules, 'seed'> & { stripsOf(width: number): number },
): LooksPlan {
  const { style = [], attribute = [], outputs: pictures = 1, interpolation = 'linear' } = wishes;
  const { distribution, codeSize } = attributes;
  const guides = style.length + attribute.length;
  requireCodes(attribute, codeSize);
  if (guides < 2)
    refuse('style', `a transition goes through two or more style pictures and codes, got ${guides}`);
  requirePictures(wishes, { guides: 0, pictures, most: Math.min(mostOutputs, mostPictures) });
  if (distribution === undefined) requireGiven(wishes, false);
  return {
    pictures,
    styles: style,
    own: false,
    looks(styleCodes, _own, width) {
      const strips = stripsOf(width);
      const codes = guidesOf(attribute, styleCodes).map(({ code }) => scaled(code, wishes, distribution));
      const look = {
        strips: codesAlong(codes, strips, interpolation, distribution?.mean),
        label: `${strips} strips through ${guides} styles`,
      };
      return new Array<PaintedLook>(pictures).fill(look);
    },
  };
}

function guidesOf(attribute: readonly AttributeCode[], styleCodes: readonly AttributeCode[]): Guide[] {
  return [
    ...attribute.map((code, index) => ({ code: attributeCode(code), label: `attribute code ${index + 1}` })),
    ...styleCodes.map((code, index) => ({ code, label: `style ${index + 1}` })),
  ];
}

function sample(distribution: CodeDistribution | undefined, seed: number, place: number): Guide {
  return {
    code: distribution?.sample(seed, place) ?? [],
    label: `sample ${place + 1} of seed ${seed}`,
  };
}

function scaled(
  code: AttributeCode,
  { attribute_scale: scale = 1 }: LookWishes,
  distribution: CodeDistribution | undefined,
): AttributeCode {
  return distribution?.scale(code, scale) ?? code;
}

function requirePictures(
  wishes: LookWishes,
  { guides, pictures, most }: { guides: number; pictures: number; most: number },
): void {
  if (pictures < guides)
    refuse(
      'outputs',
      `is ${pictures}, and there are ${guides} codes and style pictures, each of which gives a picture`,
    );
  if (pictures > most)
    refuse(decidingField(wishes), `${pictures} pictures; at most ${most} are made for one request`);
}
