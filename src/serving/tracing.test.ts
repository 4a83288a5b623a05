import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { blankPixels, encode } from '../image/index.ts';
import { attributesOf, type CollectedSpan, startCollector } from './testing/collector.ts';
import { FakeLanes, type FakeLanesOptions, invert } from './testing/fake-lanes.ts';
import { pictureForm, startHarness } from './testing/harness.ts';
import { startTracing } from './tracing.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callerSpan = '00f067aa0ba902b7';
const picture = await encode(blankPixels({ width: 16, height: 16 }, [1, 2, 3]), { format: 'png' });
const pictureBody = pictureForm(picture);

let collector: Awaited<ReturnType<typeof startCollector>>;
const log = { info: vi.fn(), warn: vi.fn() };
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  collector = await startCollector();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json');
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  collector.close();
  vi.unstubAllEnvs();
  vi.clearAllMocks();
});

async function start(options: FakeLanesOptions = {}) {
  const tracing = await startTracing(process.env, { version: '1.2.3', log });
  const service = await startHarness({ lanes: new FakeLanes(options), tracing });
  ends.push(() => service.close());
  const post = (headers: Record<string, string> = {}, url = '/translate/inverter') =>
    service.app.inject({
      method: 'POST',
      url,
      headers: { ...pictureBody.headers, ...headers },
      payload: pictureBody.payload,
    });
  return { app: service.app, post, flush: async () => tracing?.close() };
}

const traceparent = (flags: '00' | '01') => `00-${traceId}-${callerSpan}-${flags}`;
const nanoseconds = ({ startTimeUnixNano, endTimeUnixNano }: CollectedSpan) =>
  [BigInt(startTimeUnixNano), BigInt(endTimeUnixNano)] as const;

describe('a request', () => {
  it('is a span below its caller, and each of its stages a span below that', async () => {
    const { post, flush } = await start({ milliseconds: 5 });
    const asked = Date.now();
    const answer = await post({ traceparent: traceparent('01'), 'x-request-id': 'abc' });
    expect(answer.statusCode).toBe(200);
    await flush();
    const spans = collector.spans();
    const server = spans.find(({ kind }) => kind === 2) as CollectedSpan;
    expect(server).toMatchObject({ name: 'POST /translate/:model', traceId, parentSpanId: callerSpan });
    expect(server.status.code).toBe(0);
    expect(attributesOf(server)).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'http.route': '/translate/:model',
      'unpaired.model': 'inverter',
      'unpaired.outcome': 'ok',
      'unpaired.request_id': 'abc',
      'url.path': '/translate/inverter',
      'url.scheme': 'http',
    });
    const stages = spans.filter((span) => span !== server);
    expect(stages.map(({ name }) => name)).toEqual([
      'decode',
      'preprocess',
      'queue',
      'run',
      'postprocess',
      'encode',
    ]);
    const [begin, end] = nanoseconds(server);
    expect(Math.abs(Number(begin / 1_000_000n) - asked)).toBeLessThan(1000);
    let previous = begin;
    for (const stage of stages) {
      expect(stage).toMatchObject({ traceId, parentSpanId: server.spanId, kind: 1 });
      const [stageBegin, stageEnd] = nanoseconds(stage);
      // Times pass through floating point numbers of milliseconds since 1970, good to a quarter of a microsecond.
      expect(stageBegin).toBeGreaterThanOrEqual(previous - 1000n);
      expect(stageEnd).toBeGreaterThanOrEqual(stageBegin);
      previous = stageEnd;
    }
    expect(previous).toBeLessThanOrEqual(end + 1000n);
    expect(collector.bodies[0]).toMatchObject({ url: '/v1/traces', type: 'application/json' });
    expect(collector.resources()[0]).toMatchObject({
      'service.name': 'unpaired',
      'service.version': '1.2.3',
    });
  });

  it('of tensors has the stages that it goes through', async () => {
    const { app, flush } = await start();
    const input = {
      name: 'input',
      datatype: 'UINT8',
      shape: [1, 16, 16, 3],
      data: Array.from({ length: 768 }, () => 7),
    };
    const url = '/v2/models/inverter/infer';
    const answer = await app.inject({ method: 'POST', url, payload: { inputs: [input] } });
    expect(answer.statusCode).toBe(200);
    await flush();
    expect(
      collector
        .spans()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['POST /v2/models/:model/infer', 'postprocess', 'preprocess', 'queue', 'run']);
  });

  it('that is answered with a job has the stages of the job below it', async () => {
    vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '20');
    const { post } = await start();
    const answer = await post({ prefer: 'respond-async', traceparent: traceparent('01') });
    expect(answer.statusCode).toBe(202);
    await expect.poll(() => collector.spans().map(({ name }) => name)).toContain('encode');
    const server = collector.spans().find(({ kind }) => kind === 2);
    const encoding = collector.spans().find(({ name }) => name === 'encode');
    expect(encoding).toMatchObject({ traceId, parentSpanId: server?.spanId });
  });

  it('of hundreds of steps has spans of the first of them, and of what comes after', async () => {
    const tracing = await startTracing(process.env, { version: '1.2.3', log });
    const route = '/generate/:model';
    const begin = { id: 'a', method: 'POST', route, path: '/generate/many', scheme: 'http', headers: {} };
    const trace = tracing?.begin({ ...begin, arrivedAt: performance.now() });
    for (let step = 0; step < 500; step++) trace?.stage({ stage: 'run', start: step, end: step + 1 });
    trace?.stage({ stage: 'encode', start: 500, end: 501 });
    trace?.end({ model: 'many', outcome: 'ok', reason: '', status: 200 });
    await tracing?.close();
    const names = collector.spans().map(({ name }) => name);
    expect(names.filter((name) => name === 'run')).toHaveLength(32);
    expect(names).toEqual(expect.arrayContaining(['encode', `POST ${route}`]));
  });

  it('that is wrong is no error, one that fails is, with the stages that it got through', async () => {
    let isWarm = false;
    const network: FakeLanesOptions['network'] = (feeds) => {
      if (isWarm) throw new Error('no luck');
      isWarm = true;
      return invert(feeds);
    };
    const { post, flush } = await start({ network });
    expect((await post({}, '/translate/unknown')).statusCode).toBe(404);
    expect((await post()).statusCode).toBe(500);
    await flush();
    const [wrong, failed] = collector.spans().filter(({ kind }) => kind === 2) as [
      CollectedSpan,
      CollectedSpan,
    ];
    expect(wrong.status.code).toBe(0);
    expect(attributesOf(wrong)).toMatchObject({ 'unpaired.outcome': 'invalid' });
    expect(attributesOf(wrong)).not.toHaveProperty('unpaired.model');
    expect(failed.status.code).toBe(2);
    expect(attributesOf(failed)).toMatchObject({ 'unpaired.outcome': 'failed', 'error.type': 'INTERNAL' });
    const below = collector.spans().filter(({ parentSpanId }) => parentSpanId === failed.spanId);
    expect(below.map(({ name }) => name)).toEqual(['decode', 'preprocess']);
  });

  it('without a caller begins a trace; one that its caller does not sample leaves nothing, nor do probes', async () => {
    const { app, post, flush } = await start();
    await post({ traceparent: traceparent('00') });
    for (const url of ['/livez', '/readyz', '/metrics', '/v2/health/ready']) await app.inject({ url });
    await post();
    await flush();
    const servers = collector.spans().filter(({ kind }) => kind === 2);
    expect(servers).toHaveLength(1);
    expect(servers[0]?.parentSpanId).toBeUndefined();
    expect(servers[0]?.traceId).not.toBe(traceId);
  });
});

describe('the variables of OpenTelemetry', () => {
  it('name the service, and choose what is sampled', async () => {
    vi.stubEnv('OTEL_SERVICE_NAME', 'painter');
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test');
    const named = await start();
    await named.post();
    await named.flush();
    expect(collector.resources()[0]).toMatchObject({
      'service.name': 'painter',
      'deployment.environment.name': 'test',
    });
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_off');
    const silent = await start();
    await silent.post();
    await silent.flush();
    expect(collector.bodies).toHaveLength(1);
  });

  it('send protobuf where they say nothing else', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', '');
    const { post, flush } = await start();
    await post();
    await flush();
    const [sent] = collector.bodies;
    expect(sent).toMatchObject({ url: '/v1/traces', type: 'application/x-protobuf' });
    expect(sent?.body.includes('POST /translate/:model')).toBe(true);
  });

  it.each([
    ['unset', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['off', { OTEL_SDK_DISABLED: 'true' }],
    ['for nobody', { OTEL_TRACES_EXPORTER: 'none' }],
  ])('trace nothing when %s', async (_, variables) => {
    expect(await startTracing({ ...process.env, ...variables }, { version: '1', log })).toBeUndefined();
  });

  it.each([
    [{ OTEL_TRACES_EXPORTER: 'console' }, 'OTEL_TRACES_EXPORTER is "console"; expected otlp or none'],
    [
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'collector:4318' },
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is no URL',
    ],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"; expected http/protobuf',
    ],
  ])('refuse %o', async (variables, message) => {
    const starting = startTracing({ ...process.env, ...variables }, { version: '1', log });
    await expect(starting).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('are told of when they are wrong', async () => {
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'sometimes');
    await start();
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('"sometimes" invalid'));
  });
});

describe('a collector', () => {
  it('that is not there costs no request anything, and is told of once', async () => {
    collector.close();
    vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '5');
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '50');
    const { post, flush } = await start();
    for (let round = 0; round < 3; round++) {
      expect((await post()).statusCode).toBe(200);
      await expect.poll(() => log.warn.mock.calls.length).toBeGreaterThan(0);
    }
    await flush();
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(expect.anything(), expect.stringContaining('no spans'));
  });

  it('that never answers does not keep the service from ending', async () => {
    collector.hang();
    const { post, flush } = await start();
    await post();
    const began = performance.now();
    await flush();
    const waited = performance.now() - began;
    expect(collector.spans().length).toBeGreaterThan(0);
    expect(waited).toBeGreaterThan(1500);
    expect(waited).toBeLessThan(6000);
  });
});
