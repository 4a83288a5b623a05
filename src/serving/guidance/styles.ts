import { InternalError, UnpairedError } from '../../core/errors.ts';
import { type DecodeLimits, decodeForModel, type Pixels } from '../../image/index.ts';
import type { ReadyModel } from '../open-package.ts';
import type { AttributeSpace, RunNetwork } from '../translators/translator.ts';
import type { AttributeCode } from './attribute-code.ts';
import { GuidanceError } from './plan.ts';
import { type StyleCodes, styleKey } from './style-codes.ts';

interface StyleDependencies {
  readonly model: Pick<ReadyModel, 'name' | 'version' | 'image' | 'translator'>;
  readonly styleCodes: StyleCodes;
}

/** A style picture whose code is known, or that is decoded to find it out. */
export type OpenedStyle =
  | { readonly code: AttributeCode }
  | { readonly key: string; readonly pixels: Pixels };

/**
 * Looks style pictures up, and decodes those that were not met before as a model takes them: at the size that it was trained
 * for, whatever size the translation has.
 * @throws GuidanceError for what is no picture that the service takes
 */
export function openStyles(
  styles: readonly Uint8Array[],
  { model, styleCodes, limits }: StyleDependencies & { readonly limits: DecodeLimits },
): Promise<OpenedStyle[]> {
  return Promise.all(
    styles.map(async (bytes, index) => {
      const key = await styleKey(bytes, model, attributesOf(model).readerSha256);
      const code = styleCodes.find(key, model);
      if (code !== undefined) return { code };
      try {
        return { key, pixels: (await decodeForModel(bytes, { policy: model.image, limits })).pixels };
      } catch (thrown) {
        if (!(thrown instanceof UnpairedError) || thrown.status >= 500) throw thrown;
        const which = styles.length > 1 ? `picture ${index + 1}: ` : '';
        throw new GuidanceError([{ field: 'style', message: `${which}${thrown.publicMessage}` }]);
      }
    }),
  );
}

/** The codes of style pictures, in their order; those that were not known are run side by side, and kept. */
export function readStyles(
  styles: readonly OpenedStyle[],
  { model, styleCodes, runNetwork }: StyleDependencies & { readonly runNetwork: RunNetwork },
): Promise<AttributeCode[]> {
  return Promise.all(
    styles.map(async (style) => {
      if ('code' in style) return style.code;
      const code = await attributesOf(model).encode(style.pixels, runNetwork);
      styleCodes.keep(style.key, code);
      return code;
    }),
  );
}

function attributesOf({ name, translator }: StyleDependencies['model']): AttributeSpace {
  if (translator.attributes !== undefined) return translator.attributes;
  throw new InternalError(`model "${name}" was handed a style picture and has no attributes`);
}
