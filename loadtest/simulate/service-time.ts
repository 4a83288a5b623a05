import { readFileSync } from 'node:fs';
import { decimal } from '../../bench/option-values.ts';
import { InvalidArgumentError, messageOf } from '../../src/core/errors.ts';
import type { Random } from '../../src/core/random.ts';

/** How long a lane takes for a picture. */
export interface ServiceTime {
  readonly description: string;
  readonly meanMilliseconds: number;
  /** Draws a time in milliseconds. */
  readonly draw: (random: Random) => number;
}

/** `150`: always that; `exponential:150`: exponentially distributed with that mean. */
export function parseServiceTime(text: string): ServiceTime {
  const exponential = text.startsWith('exponential:');
  const mean = decimal('--service-ms', exponential ? text.slice('exponential:'.length) : text, 0.001);
  if (!exponential) return { description: `${mean} ms`, meanMilliseconds: mean, draw: () => mean };
  return {
    description: `exponential, mean ${mean} ms`,
    meanMilliseconds: mean,
    draw: (random) => -mean * Math.log(1 - random.uniform()),
  };
}

/**
 * The distribution of the stage `run` in what `npm run loadtest -- --json` wrote.
 * @throws InvalidArgumentError
 */
export function readServiceTime(file: string): ServiceTime {
  const quantiles = runQuantiles(file);
  const pairs = quantiles.slice(1).map((value, index) => (value + (quantiles[index] as number)) / 2);
  const mean = pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
  return {
    description: `as measured in ${file}, mean ${mean.toFixed(1)} ms`,
    meanMilliseconds: mean,
    draw: (random) => {
      const place = random.uniform() * (quantiles.length - 1);
      const below = quantiles[Math.floor(place)] as number;
      const above = quantiles[Math.floor(place) + 1] as number;
      return below + (above - below) * (place % 1);
    },
  };
}

function runQuantiles(file: string): number[] {
  let quantiles: unknown;
  try {
    quantiles = JSON.parse(readFileSync(file, 'utf8')).figures?.runQuantiles;
  } catch (error) {
    throw new InvalidArgumentError(`--service-times ${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const fine =
    Array.isArray(quantiles) &&
    quantiles.length > 1 &&
    quantiles.every((value) => typeof value === 'number' && value >= 0) &&
    quantiles.some((value) => value > 0);
  if (fine) return quantiles as number[];
  throw new InvalidArgumentError(
    `--service-times ${file}: expected what "npm run loadtest -- --json" writes, with answers that had Server-Timing`,
  );
}
