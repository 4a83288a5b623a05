import { InvalidArgumentError } from '../../core/errors.ts';
import { givenChoice } from '../export/guided-choices.ts';
import type { ImportRequest } from './import-request.ts';

/** @throws InvalidArgumentError when a choice was made that means nothing for the file */
export function refuse(choice: string, given: unknown, why: string): void {
  if (given !== undefined) throw new InvalidArgumentError(`${choice} ${why}`);
}

export function refuseVqChoices({ prior, stylesSource, stylesTarget }: ImportRequest): void {
  const only = 'is for checkpoints of VQ-I2I';
  refuse('--prior', prior, only);
  refuse('--styles-source', stylesSource, only);
  refuse('--styles-target', stylesTarget, only);
}

export function refuseEgsdeChoices(request: ImportRequest): void {
  const only = 'is for checkpoints of EGSDE';
  refuse('--classifier', request.classifier, only);
  refuse('--also-from', request.alsoFrom, only);
  const choice = givenChoice(request);
  if (choice !== undefined) refuse(choice, true, only);
}
