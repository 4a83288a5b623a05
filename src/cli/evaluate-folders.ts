import { evaluate, sameNames } from '../evaluation/index.ts';
import {
  commonRequest,
  type Evaluate,
  type EvaluateFlags,
  listPictures,
  reportHead,
} from './evaluate-settings.ts';

/** Two folders of pictures, or a folder and statistics; with the same names in both, pictures are compared one by one. */
export function evaluateFolders(flags: EvaluateFlags & { readonly fake: string }): Evaluate {
  const { fake, real, limit, seed, stats } = flags;
  return async (surroundings) => {
    const translated = { folder: fake, files: await listPictures(fake, limit) };
    const target = real === undefined ? undefined : { folder: real, files: await listPictures(real, limit) };
    const common = await commonRequest(flags, surroundings);
    const oneByOne = target !== undefined && sameNames(translated, target).length === translated.files.length;
    const found = await evaluate({
      ...common,
      pairs: common.pairs || oneByOne,
      translated,
      ...(target === undefined ? {} : { target }),
    });
    const against = stats ?? real;
    return {
      ...reportHead(seed),
      subject: `${translated.files.length} pictures of ${fake} against ${target === undefined ? '' : `${target.files.length} of `}${against}`,
      pictures: { translated: translated.files.length, target: target?.files.length },
      ...found,
    };
  };
}
