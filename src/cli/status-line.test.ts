import { expect, it } from 'vitest';
import { StatusLine } from './status-line.ts';

/** A stream that keeps what is written. */
function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) > 0 };
}

it('keeps its line at the bottom of a terminal', () => {
  const [terminal, output] = [recorder(true), recorder(true)];
  const status = new StatusLine(terminal);
  status.show('1 of 2');
  status.message('skipped a.png');
  status.result('out/b.png', output);
  status.clear();
  expect(terminal.written.join('')).toBe(
    '\r\u001b[2K1 of 2\r\u001b[2Kskipped a.png\n1 of 2\r\u001b[2K1 of 2\r\u001b[2K',
  );
  expect(output.written).toEqual(['out/b.png\n']);
});

it('prints only messages where there is no terminal', () => {
  const [file, output] = [recorder(false), recorder(false)];
  const status = new StatusLine(file);
  status.show('1 of 2');
  status.message('skipped a.png');
  status.result('out/b.png', output);
  status.clear();
  expect(file.written).toEqual(['skipped a.png\n']);
  expect(output.written).toEqual(['out/b.png\n']);
});
