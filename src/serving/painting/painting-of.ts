import { UnpairedError } from '../../core/errors.ts';
import type { ReadyModel } from '../open-package.ts';
import { type Ability, abilitiesOf } from '../translators/abilities.ts';
import type { CodePainting } from '../translators/code-painting.ts';

/** The model is not of a kind that can do this. */
export class RequestUnsupportedError extends UnpairedError {
  constructor(model: string, ability: Ability, able: readonly Ability[]) {
    super(
      `model "${model}" cannot be asked to ${verbs[ability]}; it can ${able.map((each) => verbs[each]).join(', ')}`,
      { code: 'REQUEST_UNSUPPORTED', status: 422 },
    );
  }
}

const verbs: Readonly<Record<Ability, string>> = {
  translate: 'translate',
  generate: 'generate',
  extend: 'extend',
  complete: 'complete',
  transition: 'make transitions',
};

/**
 * How a model paints, if it can do what is asked.
 * @throws RequestUnsupportedError
 */
export function paintingOf({ name, translator }: ReadyModel, ability: Ability): CodePainting {
  const able = abilitiesOf(translator);
  if (translator.codes && able.includes(ability)) return translator.codes;
  throw new RequestUnsupportedError(name, ability, able);
}
