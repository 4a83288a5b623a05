import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { readTraceparent, requestLogger } from './trace-context.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';

describe('readTraceparent', () => {
  it.each([
    ['version 00', `00-${traceId}-${parentId}-01`],
    ['a later version', `cc-${traceId}-${parentId}-01`],
    ['a later version with more fields', `cc-${traceId}-${parentId}-01-what-the-future-brings`],
  ])('%s', (_what, header) => {
    expect(readTraceparent(header)).toEqual({ trace_id: traceId, parent_span_id: parentId });
  });

  it.each([
    ['nothing', undefined],
    ['several', [`00-${traceId}-${parentId}-01`, `00-${traceId}-${parentId}-01`]],
    ['version ff', `ff-${traceId}-${parentId}-01`],
    ['version 00 with more fields', `00-${traceId}-${parentId}-01-x`],
    ['capital letters', `00-${traceId.toUpperCase()}-${parentId}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${parentId}-01`],
    ['a parent id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['a short trace id', `00-${traceId.slice(1)}-${parentId}-01`],
    ['a long line', `00-${'a'.repeat(10_000)}`],
  ])('ignores %s', (_what, header) => {
    expect(readTraceparent(header)).toBeUndefined();
  });
});

it('every line of a request carries its trace', () => {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const child = requestLogger(
    log,
    { reqId: 'r1' },
    {},
    { headers: { traceparent: `00-${traceId}-${parentId}-01` } },
  );
  child.info('one');
  requestLogger(log, { reqId: 'r2' }, {}, { headers: {} }).info('two');
  expect(lines).toMatchObject([
    { reqId: 'r1', trace_id: traceId, parent_span_id: parentId },
    { reqId: 'r2' },
  ]);
  expect(lines[1]).not.toHaveProperty('trace_id');
});
