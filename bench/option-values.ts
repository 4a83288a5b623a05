import { InvalidArgumentError } from '../src/core/errors.ts';

/** @throws InvalidArgumentError unless the text is a whole number above 0 */
export function whole(option: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`${option} takes a whole number above 0, got "${text}"`);
}

/** @throws InvalidArgumentError unless the text is a decimal number from `least` to `most` */
export function decimal(option: string, text: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new InvalidArgumentError(`${option} takes a number ${bounds}, got "${text}"`);
}

/** @throws InvalidArgumentError unless the text is one of the choices */
export function choice<Choice extends string>(
  option: string,
  choices: readonly Choice[],
  text: string,
): Choice {
  const found = choices.find((each) => each === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`${option} takes ${choices.join(' or ')}, got "${text}"`);
}
