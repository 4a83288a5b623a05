import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';

/** Whose work a request is part of, by the names that log collectors look for. */
export interface TraceContext {
  /** 32 hexadecimal digits, the same in every service that a trace passes through. */
  readonly trace_id: string;
  /** 16 hexadecimal digits: the caller's part of it. */
  readonly parent_span_id: string;
}

/**
 * Reads a `traceparent` header (W3C Trace Context, level 1, section 3.2): version, trace id, parent id and flags. Versions
 * after 00 may have more fields, which are passed over; 00 may not, and ff is no version.
 * @returns undefined for a header that is absent or invalid, which the standard says to ignore
 */
export function readTraceparent(header: string | string[] | undefined): TraceContext | undefined {
  if (typeof header !== 'string') return undefined;
  const [, version, traceId = '', parentId = '', more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/.exec(header.trim()) ?? [];
  const known = version !== undefined && version !== 'ff' && !(version === '00' && more !== undefined);
  if (!known || /^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { trace_id: traceId, parent_span_id: parentId };
}

/** The logger of one request: each of its lines carries the request's id and, where the client sent one, its trace. */
export function requestLogger(
  logger: FastifyBaseLogger,
  bindings: Parameters<FastifyBaseLogger['child']>[0],
  options: NonNullable<Parameters<FastifyBaseLogger['child']>[1]>,
  { headers }: { readonly headers: IncomingHttpHeaders },
): FastifyBaseLogger {
  return logger.child({ ...bindings, ...readTraceparent(headers.traceparent) }, options);
}
