import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as OTLP writes it in JSON, as far as the tests look. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly status: { readonly code: number };
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number };
}

interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[];
  }[];
}

export function attributesOf(holder: {
  readonly attributes: readonly OtlpAttribute[];
}): Record<string, string | number | undefined> {
  return Object.fromEntries(
    holder.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]),
  );
}

/** An OTLP/HTTP collector on loopback that keeps what it was sent. */
export async function startCollector() {
  const bodies: {
    readonly url: string | undefined;
    readonly type: string | undefined;
    readonly body: Buffer;
  }[] = [];
  let mode: 'answers' | 'hangs' = 'answers';
  const server = createServer(async (request, response) => {
    bodies.push({ url: request.url, type: request.headers['content-type'], body: await bodyOf(request) });
    if (mode === 'answers') response.setHeader('content-type', 'application/json').end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const traces = () =>
    bodies.flatMap(({ body }) => (JSON.parse(body.toString()) as OtlpTraces).resourceSpans);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    /** Of requests in JSON. */
    spans: () => traces().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    resources: () => traces().map(({ resource }) => attributesOf(resource)),
    /** From now on it takes requests and never answers. */
    hang() {
      mode = 'hangs';
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
