import { readFileSync } from 'node:fs';
import { InvalidArgumentError, messageOf } from '../../src/core/errors.ts';
import type { Random } from '../../src/core/random.ts';

/** How often each of some things comes, relative to the others. */
export type Weights = Readonly<Record<string, number>>;

export const mixParts = ['models', 'sizes', 'formats', 'send'] as const;

/** What is sent, each part drawn by itself; a part that is not given has its default. */
export type Mix = Readonly<Partial<Record<(typeof mixParts)[number], Weights>>>;

type MixTexts = Readonly<Partial<Record<(typeof mixParts)[number] | 'mix', string | undefined>>>;

/**
 * The parts that a file and the options give; options outrank.
 * @throws InvalidArgumentError
 */
export function mixOf(options: MixTexts): Mix {
  const given = options.mix === undefined ? {} : readMix(options.mix);
  const parts = mixParts.flatMap((part) => {
    const text = options[part];
    const weights = text === undefined ? given[part] : parseWeights(`--${part}`, text);
    return weights === undefined ? [] : [[part, weights]];
  });
  return Object.fromEntries(parts);
}

/** `jpeg:3,png` to `{ jpeg: 3, png: 1 }`. */
export function parseWeights(option: string, text: string): Weights {
  return checkedWeights(
    option,
    Object.fromEntries(
      text.split(',').map((part) => {
        const [name = '', weight = '1'] = part.split(':');
        return [name.trim(), weight.trim() === '' ? Number.NaN : Number(weight)];
      }),
    ),
  );
}

function readMix(file: string): Mix {
  const content = parseJson(file);
  const unknown = Object.keys(content).find((key) => !(mixParts as readonly string[]).includes(key));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`${file}: expected ${mixParts.join(', ')}, got "${unknown}"`);
  return Object.fromEntries(
    Object.entries(content).map(([part, weights]) => [part, checkedWeights(`${file}: ${part}`, weights)]),
  );
}

function parseJson(file: string): object {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof content === 'object' && content !== null) return content;
  } catch (error) {
    throw new InvalidArgumentError(`--mix ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  throw new InvalidArgumentError(`--mix ${file}: expected an object`);
}

function checkedWeights(where: string, weights: unknown): Weights {
  const entries = typeof weights === 'object' && weights !== null ? Object.entries(weights) : [];
  const fine = entries.every(([name, weight]) => name !== '' && Number.isFinite(weight) && weight >= 0);
  if (fine && entries.some(([, weight]) => weight > 0)) return Object.fromEntries(entries);
  throw new InvalidArgumentError(
    `${where} takes names with weights of at least 0, as jpeg:3,png:1, got ${JSON.stringify(weights)}`,
  );
}

/** Draws one of the things, as often as its weight says. */
export function drawWeighted(weights: Weights, random: Random): string {
  const entries = Object.entries(weights).filter(([, weight]) => weight > 0);
  let left = random.uniform() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    left -= weight;
    if (left < 0) return name;
  }
  return (entries.at(-1) as [string, number])[0];
}
