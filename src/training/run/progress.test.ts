import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openProgress } from './progress.ts';
import type { ProgressUpdate } from './progress-line.ts';

beforeEach(() => {
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function fakeStream(terminal: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY: terminal, columns: 200 });
  return { stream, written: () => String(stream.read() ?? '') };
}

function after(step: number): ProgressUpdate {
  return { step, epoch: 1, imagesPerSecond: 2, losses: { gan: 0.5 } };
}

/** What a terminal of one endless page would show: control sequences removed, redrawn lines replaced. */
function shownLines(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
  const cleared = text.replace(/\x1b(?:[78]|\[\?7[hl])/g, '');
  return cleared.split('\n').map((line) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    const redraws = line.split(/\x1b\[1G/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    return (redraws.at(-1) ?? '').replace(/\x1b\[[02]?K/g, '');
  });
}

test('without a terminal: the first step, then a line every so often, then the last step', () => {
  const { stream, written } = fakeStream(false);
  let seconds = 0;
  const progress = openProgress({ totalSteps: 100, stream, plainLineSeconds: 30, now: () => seconds });
  for (let step = 1; step <= 100; step++) {
    seconds += 1;
    progress.update(after(step));
  }
  progress.stop();
  const lines = written().split('\n');
  expect(lines.map((line) => line.split('/')[0])).toEqual([
    'step 1',
    'step 31',
    'step 61',
    'step 91',
    'step 100',
    '',
  ]);
  expect(lines[1]).toBe('step 31/100 (31%)  epoch 1  2.00 images/s  ETA 1m 9s  gan 0.500');
});

test('the last step is not told twice, and no step not at all', () => {
  const { stream, written } = fakeStream(false);
  openProgress({ totalSteps: 1, stream }).stop();
  expect(written()).toBe('');
  const progress = openProgress({ totalSteps: 1, stream });
  progress.update(after(1));
  progress.stop();
  expect(written().match(/step 1/g)).toHaveLength(1);
});

test('time left follows the steps of this sitting, not those before a resume', () => {
  const { stream, written } = fakeStream(false);
  let seconds = 0;
  const progress = openProgress({ totalSteps: 1100, resumedStep: 1000, stream, now: () => seconds });
  seconds = 10;
  progress.update(after(1010));
  expect(written()).toContain('ETA 1m 30s');
});

test('on a terminal: a bar, messages above it, and a last plain line', () => {
  const { stream, written } = fakeStream(true);
  const progress = openProgress({ totalSteps: 10, stream });
  progress.update(after(5));
  progress.message('saved step 5');
  progress.update(after(6));
  const during = written();
  expect(during).toContain('[============------------] step 5/10 (50%)');
  expect(during).toContain('saved step 5\n');
  progress.stop();
  const lines = shownLines(during + written());
  expect(lines).toEqual(['saved step 5', expect.stringMatching(/^step 6\/10 \(60%\) {2}epoch 1/), '']);
});

test('no colours, with NO_COLOR or without', () => {
  for (const value of ['', '1']) {
    vi.stubEnv('NO_COLOR', value);
    const { stream, written } = fakeStream(true);
    const progress = openProgress({ totalSteps: 10, stream });
    progress.update(after(5));
    progress.stop();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences ending in m
    expect(written()).not.toMatch(/\x1b\[[\d;]*m/);
  }
});

test('a dumb terminal gets plain lines', () => {
  vi.stubEnv('TERM', 'dumb');
  const { stream, written } = fakeStream(true);
  const progress = openProgress({ totalSteps: 10, stream });
  progress.update(after(5));
  progress.stop();
  expect(written()).not.toContain('\x1b');
});

test('nothing goes to standard output, and Ctrl-C is left to others', () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const listeners = process.listenerCount('SIGINT');
  const progress = openProgress({ totalSteps: 10, stream: fakeStream(true).stream });
  progress.update(after(1));
  const during = [write.mock.calls.length, process.listenerCount('SIGINT')];
  progress.stop();
  write.mockRestore();
  expect(during).toEqual([0, listeners]);
});
