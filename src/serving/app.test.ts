import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { blankPixels, encode } from '../image/index.ts';
import { metricTable } from './metric-table.ts';
import { problemTable } from './problem-table.ts';
import { FakeLanes } from './testing/fake-lanes.ts';
import { type HarnessOptions, pictureForm, startHarness } from './testing/harness.ts';

type Harness = Awaited<ReturnType<typeof startHarness<FakeLanes>>>;

const picture = await encode(blankPixels({ width: 16, height: 16 }, [1, 2, 3]), { format: 'png' });
const headers = { 'content-type': 'image/png' };

const started: Harness[] = [];
async function start(options: HarnessOptions<FakeLanes> = {}): Promise<Harness> {
  const harness = await startHarness<FakeLanes>(options);
  started.push(harness);
  return harness;
}
afterEach(async () => {
  for (const harness of started.splice(0)) {
    harness.lanes.release();
    await harness.close();
  }
});

const translate = ({ app }: Harness) =>
  app.inject({ method: 'POST', url: '/translate/inverter', headers, payload: Buffer.from(picture) });

async function metricsOf({ app }: Harness): Promise<string> {
  return (await app.inject({ url: '/metrics' })).body;
}

/** Resolves when `condition` holds; fails loudly when it does not within a few seconds. */
async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`it never happened that ${what}`);
}

describe('health', () => {
  it('is alive at once, ready only when every model is warm', async () => {
    const lanes = new FakeLanes();
    lanes.hold();
    const harness = await start({ lanes, load: false });
    const loading = harness.catalog.load();
    await until(() => lanes.runs.length === 1, 'the warm-up runs');
    expect((await harness.app.inject({ url: '/livez' })).statusCode).toBe(200);
    const before = await harness.app.inject({ url: '/readyz' });
    expect([before.statusCode, before.json().status]).toEqual([503, 'loading']);
    expect(before.json().models).toEqual([{ name: 'inverter', version: '1', state: 'loading' }]);
    const early = await translate(harness);
    expect(early.json()).toMatchObject({ status: 503, code: 'MODEL_LOADING' });
    expect(early.headers['retry-after']).toBe('1');
    lanes.release();
    await loading;
    const after = await harness.app.inject({ url: '/readyz' });
    expect([after.statusCode, after.json()]).toEqual([
      200,
      {
        status: 'ready',
        provider: { asked: 'auto', running: 'cpu', device: 0 },
        lanes: { idle: 1 },
        models: [{ name: 'inverter', version: '1', state: 'ready', batch: { maxBatch: 1, from: 'default' } }],
      },
    ]);
  });

  it('is not ready without a lane', async () => {
    const harness = await start();
    Object.assign(harness.lanes.lanes[0] as object, { pid: undefined, state: 'dead', restarts: 3 });
    const answer = await harness.app.inject({ url: '/readyz' });
    expect([answer.statusCode, answer.json().status]).toEqual([503, 'no-lanes']);
  });

  it('draining: not ready but served; stopping: new pictures are refused, those in flight are answered', async () => {
    const harness = await start();
    harness.lifecycle.advance('draining');
    expect((await harness.app.inject({ url: '/readyz' })).json().status).toBe('draining');
    harness.lanes.hold();
    const before = harness.lanes.runs.length;
    const inFlight = translate(harness);
    await until(() => harness.lanes.runs.length > before, 'the picture is being run');
    harness.lifecycle.advance('stopping');
    const refused = await translate(harness);
    expect(refused.json()).toMatchObject({ status: 503, code: 'STOPPING' });
    expect(refused.headers).toMatchObject({ 'retry-after': '1', connection: 'close' });
    expect((await harness.app.inject({ url: '/livez' })).statusCode).toBe(200);
    harness.lanes.release();
    expect((await inFlight).statusCode).toBe(200);
    harness.lifecycle.advance('serving');
    expect(harness.lifecycle.phase).toBe('stopping');
  });
});

describe('load', () => {
  it('a full queue is 429 with Retry-After; a place is free again when an answer is out', async () => {
    const harness = await start({ environment: { QUEUE_LIMIT: '1', LANE_PREFETCH: '0' } });
    harness.lanes.hold();
    const warm = harness.lanes.runs.length;
    const running = translate(harness);
    await until(() => harness.lanes.runs.length > warm, 'the first runs');
    const waiting = translate(harness);
    await until(
      async () => (await metricsOf(harness)).includes('unpaired_queued_items 1'),
      'the second waits',
    );
    const refused = await translate(harness);
    expect(refused.json()).toMatchObject({ status: 429, code: 'OVERLOADED' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    harness.lanes.release();
    expect([(await running).statusCode, (await waiting).statusCode]).toEqual([200, 200]);
    expect((await translate(harness)).statusCode).toBe(200);
  });

  it('16 clients at once get the answers that each gets alone', async () => {
    const lanes = new FakeLanes({ milliseconds: 5 });
    const harness = await start({ lanes, environment: { MAX_BATCH: '4' } });
    const pictures = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        encode(blankPixels({ width: 16, height: 16 + 4 * (index % 3) }, [index, 100, 200 - index]), {
          format: 'png',
        }),
      ),
    );
    const send = async (payload: Uint8Array) =>
      (
        await harness.app.inject({
          method: 'POST',
          url: '/translate/inverter',
          headers,
          payload: Buffer.from(payload),
        })
      ).rawPayload;
    const alone: Buffer[] = [];
    for (const each of pictures) alone.push(await send(each));
    const together = await Promise.all([...pictures, ...pictures].map(send));
    expect(together).toEqual([...alone, ...alone]);
    expect(Math.max(...harness.lanes.runs.map((feeds) => feeds.input?.dims[0] ?? 0))).toBeGreaterThan(1);
  });
});

describe('over a socket', () => {
  async function listen(harness: Harness): Promise<number> {
    await harness.app.listen({ port: 0, host: '127.0.0.1' });
    return (harness.app.server.address() as net.AddressInfo).port;
  }

  /** Everything that the service sends back until it closes the connection. */
  function exchange(port: number, bytes: string | Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
      const received: Buffer[] = [];
      socket.on('data', (chunk) => received.push(chunk));
      socket.on('close', () => resolve(Buffer.concat(received).toString()));
      socket.on('error', reject);
    });
  }

  const head = (length: number) =>
    `POST /translate/inverter HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: ${length}\r\n\r\n`;

  it('a client that leaves while it waits costs no run and is counted', async () => {
    const harness = await start({ environment: { LANE_PREFETCH: '0' } });
    const port = await listen(harness);
    harness.lanes.hold();
    const warm = harness.lanes.runs.length;
    const running = translate(harness);
    await until(() => harness.lanes.runs.length > warm, 'the first runs');
    const socket = net.connect(port, '127.0.0.1');
    socket.write(Buffer.concat([Buffer.from(head(picture.length)), picture]));
    await until(async () => (await metricsOf(harness)).includes('unpaired_queued_items 1'), 'it waits');
    socket.destroy();
    await until(async () => (await metricsOf(harness)).includes('unpaired_queued_items 0'), 'it is dropped');
    harness.lanes.release();
    await running;
    expect(harness.lanes.runs.length).toBe(warm + 1);
    const metrics = await metricsOf(harness);
    expect(metrics).toContain('unpaired_dropped_items_total{reason="client_left"} 1');
    expect(metrics).toContain('outcome="client_left",reason="CLIENT_LEFT"} 1');
    expect(metrics).toContain('unpaired_admitted_items 0');
    expect((await translate(harness)).statusCode).toBe(200);
  });

  it.each([
    ['a raw body', head(10_000)],
    [
      'a form',
      'POST /translate/inverter HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000\r\n\r\n--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc',
    ],
  ])('a client that leaves in the middle of %s leaves nothing behind', async (_what, bytes) => {
    const harness = await start();
    const port = await listen(harness);
    const socket = net.connect(port, '127.0.0.1');
    socket.write(bytes);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await until(async () => (await metricsOf(harness)).includes('outcome="client_left"'), 'it is counted');
    expect((await translate(harness)).statusCode).toBe(200);
  });

  it('slow headers and a slow body are 408 problems', async () => {
    const harness = await start({ environment: { HEADERS_TIMEOUT_MS: '200', REQUEST_TIMEOUT_MS: '400' } });
    const port = await listen(harness);
    const answers = await Promise.all([exchange(port, 'POST /translate/inv'), exchange(port, head(500))]);
    for (const answer of answers) {
      expect(answer).toMatch(
        /^HTTP\/1\.1 408 [\s\S]*application\/problem\+json[\s\S]*"code":"REQUEST_TIMEOUT"/,
      );
    }
    expect((await translate(harness)).statusCode).toBe(200);
  });

  it.each([
    ['no HTTP', 'hello there\r\n\r\n', 400, 'HTTP_MALFORMED'],
    ['huge headers', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
  ])('%s is a problem document too', async (_what, bytes, status, code) => {
    const harness = await start();
    const answer = await exchange(await listen(harness), bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*"code":"${code}"`));
  });

  it('a form that is refused early does not block its connection', async () => {
    const harness = await start();
    const port = await listen(harness);
    const big = pictureForm(new Uint8Array(3_000_000), {});
    const twice = Buffer.from(
      big.payload.toString('latin1').replace('name="image"', 'name="photo"'),
      'latin1',
    );
    const answer = await fetch(`http://127.0.0.1:${port}/translate/inverter`, {
      method: 'POST',
      headers: big.headers,
      body: twice,
    });
    expect(answer.status).toBe(422);
    expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
  });

  it('an endless form is cut off at the limit', async () => {
    const harness = await start({ environment: { MAX_UPLOAD_BYTES: '100000' } });
    const port = await listen(harness);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
        if (sent > 100_000_000) controller.close();
      },
    });
    const answer = await fetch(`http://127.0.0.1:${port}/translate/inverter`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: endless,
      duplex: 'half',
    } as RequestInit).catch((error: unknown) => error);
    // A client that is still sending may see the closed connection before the answer.
    if (answer instanceof Response) expect(answer.status).toBe(413);
    await until(async () => (await metricsOf(harness)).includes('reason="BODY_TOO_LARGE"'), 'it is refused');
    expect(sent).toBeLessThan(50_000_000);
  });
});

describe('what the service says of itself', () => {
  it('unknown routes and methods are problem documents', async () => {
    const { app } = await start();
    const answer = await app.inject({
      method: 'DELETE',
      url: '/models/inverter?x=1',
      headers: { 'x-request-id': 'abc-1' },
    });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers).toMatchObject({ 'x-request-id': 'abc-1', 'x-content-type-options': 'nosniff' });
    expect(answer.json()).toEqual({
      type: '/problems/route-not-found',
      title: 'Route not found',
      status: 404,
      detail: 'there is no DELETE /models/inverter; the routes are listed at /docs',
      code: 'ROUTE_NOT_FOUND',
      instance: '/models/inverter',
      requestId: 'abc-1',
    });
  });

  it('the type of a problem can be opened', async () => {
    const { app } = await start();
    const list = (await app.inject({ url: '/problems' })).json().problems as { type: string }[];
    expect(list).toHaveLength(Object.keys(problemTable).length);
    for (const { type } of list) expect((await app.inject({ url: type })).statusCode).toBe(200);
    expect((await app.inject({ url: '/problems/nonsense' })).statusCode).toBe(404);
  });

  it('/metrics has every metric of the table, and names of unknown models do not become labels', async () => {
    const harness = await start();
    await translate(harness);
    await harness.app.inject({ method: 'POST', url: '/translate/zzz', headers, payload: 'x' });
    const metrics = await metricsOf(harness);
    for (const { name, type } of Object.values(metricTable))
      expect(metrics).toContain(`# TYPE ${name} ${type}`);
    expect(metrics).not.toContain('zzz');
    expect(metrics).toContain(
      'unpaired_requests_total{route="/translate/:model",model="inverter",outcome="ok",reason=""} 1',
    );
    expect(metrics).toContain('outcome="invalid",reason="MODEL_UNKNOWN"} 1');
    expect(metrics).toContain('unpaired_stage_duration_seconds_count{model="inverter",stage="run"} 1');
  });

  it('/docs shows the routes with the fields that validate', async () => {
    const { app } = await start();
    expect((await app.inject({ url: '/docs' })).statusCode).toBe(200);
    const api = (await app.inject({ url: '/docs/json' })).json();
    expect(Object.keys(api.paths)).toEqual(
      expect.arrayContaining([
        '/',
        '/translate/{model}',
        '/models',
        '/models/{model}',
        '/livez',
        '/readyz',
        '/metrics',
      ]),
    );
    const { parameters, requestBody, responses } = api.paths['/translate/{model}'].post;
    expect(parameters.map(({ name }: { name: string }) => name).sort()).toEqual([
      'attribute',
      'attribute_scale',
      'faithfulness',
      'format',
      'from',
      'interpolate',
      'interpolation',
      'model',
      'outputs',
      'prefer',
      'priority',
      'quality',
      'realism',
      'repeats',
      'seed',
      'size',
      'solver',
      'steps',
      'strength',
      'timeout',
      'to',
      'x-priority',
      'x-request-timeout',
    ]);
    expect(Object.keys(requestBody.content)).toEqual(['multipart/form-data', 'image/*']);
    expect(requestBody.content['multipart/form-data'].schema).toMatchObject({
      required: ['image'],
      properties: {
        image: { type: 'string', format: 'binary' },
        quality: { minimum: 1, maximum: 100 },
        style: { type: 'array', maxItems: 8, items: { type: 'string', format: 'binary' } },
        outputs: { minimum: 1, maximum: 16 },
        attribute: { type: 'string' },
      },
    });
    expect(Object.keys(responses['200'].content)).toEqual([
      'image/png',
      'image/jpeg',
      'image/webp',
      'image/avif',
      'multipart/mixed',
      'application/json',
      'application/zip',
    ]);
    expect(responses['429'].content['application/problem+json'].schema).toEqual({
      $ref: '#/components/schemas/Problem',
    });
  });

  it('/ says where to go', async () => {
    const { app } = await start();
    expect((await app.inject({ url: '/' })).json()).toMatchObject({ docs: '/docs', models: '/models' });
  });
});
