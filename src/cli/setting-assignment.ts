import { InvalidArgumentError } from '../core/errors.ts';

/**
 * What `--set` says: `a.b=1` becomes `{ a: { b: 1 } }`; values are JSON, or text where they are not.
 * @throws InvalidArgumentError when there is no key
 */
export function assignment(text: string): object {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`--set takes key=value, got "${text}"`);
  const path = text.slice(0, at).split('.');
  return path.reduceRight<unknown>(
    (value, key) => ({ [key]: value }),
    jsonOrText(text.slice(at + 1)),
  ) as object;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
