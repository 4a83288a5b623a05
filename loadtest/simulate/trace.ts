import { readFileSync } from 'node:fs';
import { InvalidArgumentError, messageOf } from '../../src/core/errors.ts';
import type { Random } from '../../src/core/random.ts';
import { type ArrivalProcess, arrivalTimes, type RateStretch } from '../arrivals.ts';

export const patterns = ['spike', 'daily', 'steps', 'constant'] as const;
export type Pattern = (typeof patterns)[number];

/** When requests come, and for how long. */
export interface Trace {
  readonly description: string;
  readonly durationSeconds: number;
  /** Times in seconds, ascending; the same for the same stream of random numbers. */
  readonly arrivals: (random: Random) => Iterable<number>;
}

export interface PatternOptions {
  readonly pattern: Pattern;
  /** Requests a second, usually and at most. */
  readonly base: number;
  readonly peak: number;
  readonly durationSeconds: number;
  readonly process: ArrivalProcess;
}

/** Stretches that a day is cut into, and stairs of `steps`, up and down. */
const [dayStretches, stairs] = [96, 5];

/** A trace that is made up: its rate over time, and arrivals of that rate. */
export function patternTrace({ pattern, base, peak, durationSeconds, process }: PatternOptions): Trace {
  const levels = patternLevels(pattern).map((level) => base + (peak - base) * level);
  const seconds = durationSeconds / levels.length;
  return rateTrace(
    levels.map((requestsPerSecond) => ({ seconds, requestsPerSecond })),
    pattern === 'constant'
      ? `constant, ${base} a second for ${durationSeconds} s`
      : `${pattern}, ${base} to ${peak} a second within ${durationSeconds} s`,
    process,
  );
}

/** Rates of equal stretches, from 0 (base) to 1 (peak). */
function patternLevels(pattern: Pattern): number[] {
  if (pattern === 'constant') return [0];
  // Usual, then all at once the peak for a sixth of the time, then usual again.
  if (pattern === 'spike') return [0, 0, 1, 0, 0, 0];
  if (pattern === 'daily')
    return Array.from(
      { length: dayStretches },
      (_, index) => (1 - Math.cos((2 * Math.PI * (index + 0.5)) / dayStretches)) / 2,
    );
  return Array.from(
    { length: 2 * stairs - 1 },
    (_, index) => 1 - Math.abs(index - stairs + 1) / (stairs - 1),
  );
}

function rateTrace(stretches: readonly RateStretch[], description: string, process: ArrivalProcess): Trace {
  const durationSeconds = stretches.reduce((sum, { seconds }) => sum + seconds, 0);
  return { description, durationSeconds, arrivals: (random) => arrivalTimes(stretches, process, random) };
}

/**
 * A recorded trace. Lines of one number are the times in seconds of single requests; lines of two, with a comma, a time
 * and the requests a second from then on, until the next line; the last line ends the trace.
 * @throws InvalidArgumentError
 */
export function readTrace(file: string, process: ArrivalProcess): Trace {
  const rows = readRows(file);
  const times = rows.map(([time]) => time as number);
  if (times.length < 2 || times.some((time, index) => time < (times[index - 1] ?? 0)))
    throw new InvalidArgumentError(`--trace ${file}: expected two times or more, ascending from 0`);
  if (rows.every((row) => row.length === 1))
    return { description: file, durationSeconds: times.at(-1) as number, arrivals: () => times };
  if (!rows.every((row) => row.length === 2))
    throw new InvalidArgumentError(`--trace ${file}: expected either one number a line or two`);
  const stretches = rows.slice(0, -1).map(([time, requestsPerSecond], index) => ({
    seconds: (times[index + 1] as number) - (time as number),
    requestsPerSecond: requestsPerSecond as number,
  }));
  const quiet = { seconds: times[0] as number, requestsPerSecond: 0 };
  return rateTrace([quiet, ...stretches], file, process);
}

function readRows(file: string): number[][] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidArgumentError(`--trace ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const row = line.split(',').map((cell) => (cell.trim() === '' ? Number.NaN : Number(cell)));
    if (row.every((value) => Number.isFinite(value) && value >= 0)) return row;
    throw new InvalidArgumentError(`--trace ${file}: expected numbers of at least 0, got "${line}"`);
  });
}
