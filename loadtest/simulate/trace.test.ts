import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { parseServiceTime, readServiceTime } from './service-time.ts';
import { type Pattern, patternTrace, readTrace } from './trace.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'unpaired-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (text: string) => {
  const name = path.join(folder, 'file');
  writeFileSync(name, text);
  return name;
};
const random = Random.of(1);

it.each([
  ['constant', [10, 10, 10, 10, 10, 10]],
  ['spike', [10, 10, 70, 10, 10, 10]],
  ['steps', [10, 33, 57, 57, 33, 10]],
  ['daily', [13, 40, 67, 67, 40, 13]],
] as const)('%s has its requests at its times', (pattern: Pattern, perSixth) => {
  const options = { pattern, base: 1, peak: 7, durationSeconds: 60, process: 'uniform' } as const;
  const times = [...patternTrace(options).arrivals(random)];
  const counts = perSixth.map(
    (_, part) => times.filter((time) => time >= 10 * part && time < 10 * (part + 1)).length,
  );
  for (const [part, count] of counts.entries())
    expect(Math.abs(count - (perSixth[part] as number))).toBeLessThanOrEqual(6);
});

it('reads times of requests, or rates over time', () => {
  const times = readTrace(file('# seconds\n0.5\n0.5\n2\n'), 'uniform');
  expect([times.durationSeconds, [...times.arrivals(random)]]).toEqual([2, [0.5, 0.5, 2]]);
  const rates = readTrace(file('1,2\n2,0\n4,1\n6,0\n'), 'uniform');
  expect([rates.durationSeconds, [...rates.arrivals(random)]]).toEqual([6, [1, 1.5, 4, 5]]);
});

it.each([
  ['1\n', 'two times or more'],
  ['2\n1\n', 'ascending from 0'],
  ['1,2\n2\n', 'either one number a line or two'],
  ['1\nx\n', 'expected numbers of at least 0, got "x"'],
  ['1,-2\n2,1\n', 'got "1,-2"'],
])('refuses the trace %j', (text, message) => {
  expect(() => readTrace(file(text), 'uniform')).toThrow(message);
});

it('draws service times: constant, exponential, or as a load test measured them', () => {
  expect(parseServiceTime('150').draw(random)).toBe(150);
  const exponential = parseServiceTime('exponential:20');
  const drawn = Array.from({ length: 20_000 }, () => exponential.draw(random));
  expect(Math.abs(drawn.reduce((sum, time) => sum + time, 0) / 20_000 - 20)).toBeLessThan(0.6);
  const measured = readServiceTime(file(JSON.stringify({ figures: { runQuantiles: [10, 20, 40] } })));
  expect(measured.meanMilliseconds).toBe(22.5);
  const times = Array.from({ length: 4000 }, () => measured.draw(random));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...times)).toBeLessThanOrEqual(40);
  expect(Math.abs(times.filter((time) => time < 20).length - 2000)).toBeLessThan(130);
  expect(() => readServiceTime(file('{}'))).toThrow('expected what "npm run loadtest -- --json" writes');
  expect(() => readServiceTime(file('{'))).toThrow('cannot be read');
});
