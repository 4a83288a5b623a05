import { UnpairedError } from '../core/errors.ts';
import { RetryLaterError } from './errors.ts';
import type { ModelEntry } from './model-entry.ts';

export class ModelUnknownError extends UnpairedError {
  constructor(name: string, known: readonly string[]) {
    super(
      `there is no model "${name}"; there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ') || 'none'}`,
      {
        code: 'MODEL_UNKNOWN',
        status: 404,
      },
    );
  }
}

/** The model is there, but not in this version. */
export class VersionUnknownError extends UnpairedError {
  constructor(name: string, version: string, known: readonly string[]) {
    super(
      `model "${name}" has no version ${version}; there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ') || 'none'}`,
      {
        code: 'VERSION_UNKNOWN',
        status: 404,
      },
    );
  }
}

/** The model is being opened and warmed up. */
export class ModelLoadingError extends RetryLaterError {
  constructor(name: string) {
    super(`model "${name}" is still being loaded`, 'MODEL_LOADING', 503, 1);
  }
}

/** What an operator has to mend does not pass by itself: clients should ask seldom. */
const operatorSeconds = 60;

/** The model is there but cannot be served. */
export class ModelFailedError extends RetryLaterError {
  constructor({ name, version, reason }: ModelEntry) {
    const message = `model "${name}" ${version} cannot be served: ${reason}`;
    super(message, 'MODEL_FAILED', 503, operatorSeconds);
  }
}

/** The model is there but was taken out of service. */
export class ModelUnloadedError extends RetryLaterError {
  constructor({ name, version }: ModelEntry) {
    super(`model "${name}" ${version} is not loaded`, 'MODEL_UNLOADED', 503, operatorSeconds);
  }
}

/** A version that an operator asked for cannot be loaded; what served before still does. */
export class ModelLoadRefusedError extends UnpairedError {
  /** @param serving version that answers for the name now */
  constructor({ name, version, reason }: ModelEntry, serving: string | undefined) {
    const still = serving === undefined ? 'nothing serves this model' : `version ${serving} still serves`;
    super(`model "${name}" ${version} could not be loaded: ${reason}; ${still}`, {
      code: 'MODEL_LOAD_REFUSED',
      status: 422,
    });
  }
}
