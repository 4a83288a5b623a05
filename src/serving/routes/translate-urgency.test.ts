import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { blankPixels, encode } from '../../image/index.ts';
import type { FakeLanes } from '../testing/fake-lanes.ts';
import { pictureForm, startHarness } from '../testing/harness.ts';

let service: Awaited<ReturnType<typeof startHarness<FakeLanes>>>;
const picture = await encode(blankPixels({ width: 16, height: 16 }, [1, 2, 3]), { format: 'png' });

beforeEach(async () => {
  service = await startHarness<FakeLanes>({ environment: { LANE_PREFETCH: '0', MAX_DEADLINE_MS: '2000' } });
});
afterEach(async () => {
  service.lanes.release();
  await service.close();
});

interface Wishes {
  readonly headers?: Record<string, string>;
  readonly query?: string;
  readonly fields?: Record<string, string>;
  /** Value of the first pixel, by which a run is recognised. */
  readonly shade?: number;
}

async function translate({ headers = {}, query = '', fields = {}, shade }: Wishes) {
  const shaded = shade === undefined ? picture : await shadedPicture(shade);
  const form = pictureForm(shaded, fields);
  const url = `/translate/inverter${query}`;
  return service.app.inject({
    method: 'POST',
    url,
    headers: { ...form.headers, ...headers },
    payload: form.payload,
  });
}

const shadedPicture = (shade: number) =>
  encode(blankPixels({ width: 16, height: 16 }, [shade, 0, 0]), { format: 'png' });

const metricsOf = async () => (await service.app.inject({ url: '/metrics' })).body;

/** Lanes busy with one picture, so that the next has to wait. */
async function occupy() {
  const before = service.lanes.runs.length;
  service.lanes.hold();
  const running = translate({});
  await vi.waitFor(() => expect(service.lanes.runs).toHaveLength(before + 1));
  return running;
}

describe('the deadline of a request', () => {
  it.each<[string, Wishes]>([
    ['a header', { headers: { 'x-request-timeout': '0.05' } }],
    ['the query', { query: '?timeout=0.05', headers: { 'x-request-timeout': '60' } }],
    ['a field', { fields: { timeout: '0.05' }, query: '?timeout=60' }],
  ])(
    'is given by %s; when it passes in the queue the answer is 504 with Retry-After',
    async (_by, wishes) => {
      const running = occupy();
      await vi.waitFor(() => expect(service.lanes.runs.length).toBeGreaterThan(1));
      const answer = await translate(wishes);
      expect(answer.json()).toMatchObject({ status: 504, code: 'DEADLINE_EXCEEDED' });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      service.lanes.release();
      await running;
      const metrics = await metricsOf();
      expect(metrics).toContain('unpaired_dropped_items_total{reason="expired"} 1');
      expect(metrics).toContain('outcome="refused",reason="DEADLINE_EXCEEDED"} 1');
      expect(metrics).toContain('unpaired_admitted_items 0');
    },
  );

  it('is the longest that is allowed when more is asked for', async () => {
    const running = occupy();
    await vi.waitFor(() => expect(service.lanes.runs.length).toBeGreaterThan(1));
    const start = performance.now();
    expect((await translate({ query: '?timeout=86400' })).statusCode).toBe(504);
    expect(performance.now() - start).toBeLessThan(4000);
    service.lanes.release();
    await running;
  });

  it('is past when decoding took too long', async () => {
    const answer = await translate({ query: '?timeout=0.000001' });
    expect(answer.json()).toMatchObject({ status: 504, code: 'DEADLINE_EXCEEDED' });
  });

  it.each<[string, Wishes, object]>([
    ['zero', { query: '?timeout=0' }, { location: 'query', field: 'timeout' }],
    ['negative', { headers: { 'x-request-timeout': '-1' } }, { field: 'x-request-timeout' }],
    ['no number', { headers: { 'x-request-timeout': '5s' } }, { location: 'header' }],
    ['empty', { fields: { timeout: '' } }, { location: 'form', field: 'timeout' }],
    ['endless', { query: '?timeout=Infinity' }, { message: 'a number of seconds above 0, got "Infinity"' }],
  ])('%s is 422', async (_what, wishes, fault) => {
    const answer = await translate(wishes);
    expect(answer.json()).toMatchObject({ status: 422, code: 'REQUEST_INVALID', errors: [fault] });
  });
});

describe('the priority of a request', () => {
  it('by header, query or field orders the queue', async () => {
    const running = occupy();
    await vi.waitFor(() => expect(service.lanes.runs.length).toBeGreaterThan(1));
    const before = service.lanes.runs.length;
    const waiting = [];
    const wishes: Wishes[] = [
      { shade: 10, headers: { 'x-priority': 'low' } },
      { shade: 20 },
      { shade: 30, query: '?priority=high', headers: { 'x-priority': 'low' } },
      { shade: 40, fields: { priority: 'high' }, query: '?priority=low' },
    ];
    for (const [index, each] of wishes.entries()) {
      waiting.push(translate(each));
      await vi.waitFor(async () =>
        expect(await metricsOf()).toContain(
          `unpaired_network_queued_items{network="inverter/1/generator"} ${index + 1}`,
        ),
      );
    }
    service.lanes.release();
    await Promise.all([running, ...waiting]);
    const shades = service.lanes.runs.slice(before).map((feeds) => feeds.input?.data[0]);
    expect(shades).toEqual([30, 40, 20, 10]);
  });

  it('is 422 when it is none', async () => {
    const answer = await translate({ headers: { 'x-priority': 'urgent' } });
    expect(answer.json()).toMatchObject({
      status: 422,
      errors: [
        { location: 'header', field: 'x-priority', message: 'one of low, normal, high, got "urgent"' },
      ],
    });
  });
});
