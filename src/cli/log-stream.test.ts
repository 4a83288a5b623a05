import { expect, it } from 'vitest';
import { logStream, readableLine } from './log-stream.ts';

const entry = {
  level: 40,
  time: 0,
  pid: 1,
  hostname: 'h',
  reqId: 'r',
  model: 'a',
  seconds: 0.5,
  reason: '',
  msg: 'model slow',
};

it('a line for people has time, severity, message and what matters', () => {
  expect(readableLine(JSON.stringify(entry))).toMatch(
    /^\d\d:\d\d:\d\d warn {2}model slow model=a seconds=0.5\n$/,
  );
});

it('an error comes with its stack', () => {
  const line = readableLine(
    JSON.stringify({ ...entry, err: { type: 'Error', message: 'no', stack: 'Error: no\n    at x' } }),
  );
  expect(line.split('\n').slice(1)).toEqual(['Error: no', '    at x', '']);
});

it('only a terminal gets readable lines', () => {
  const written: string[] = [];
  const write = (text: string) => written.push(text);
  const json = `${JSON.stringify(entry)}\n`;
  logStream({ isTTY: false, write }).write(json);
  logStream({ isTTY: true, write }).write(json);
  expect(written).toEqual([json, readableLine(json)]);
});
