import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientRequest, HttpAnswer, HttpClient } from '../../bench/serving/http-client.ts';
import { parseServerTiming } from '../../bench/serving/service-texts.ts';

/** What became of one request. Times in milliseconds, `intended` since the load began. */
export interface Outcome {
  readonly model: string;
  readonly intended: number;
  /** How much later than intended it was really sent: the load test's own doing. */
  readonly late: number;
  /** From when it was meant to be sent to the last byte of the answer: waiting in this program counts. */
  readonly latency: number;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  /** The problem's code, or Node's for a connection that failed; empty when all is well. */
  readonly code: string;
  /** Milliseconds by stage of Server-Timing. */
  readonly stages: ReadonlyMap<string, number>;
  /** Times that it was sent again after Retry-After. */
  readonly retries: number;
}

export interface SenderOptions {
  readonly timeoutMilliseconds: number;
  readonly obeyRetryAfter: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

const mostRetries = 3;

/** Sends requests and tells what became of them; never throws for what a service does. */
export class Sender {
  readonly #client: HttpClient;
  readonly #options: SenderOptions;

  constructor(client: HttpClient, options: SenderOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** @param intended when it should be sent, as `performance.now()` counts; `began` the same of the whole load */
  async send(
    url: URL,
    model: string,
    request: ClientRequest,
    intended: number,
    began: number,
  ): Promise<Outcome> {
    const late = Math.max(0, performance.now() - intended);
    const deadline = intended + this.#options.timeoutMilliseconds;
    let retries = 0;
    let answer = await this.#attempt(url, request, deadline);
    for (; retries < mostRetries; retries++) {
      const wait = this.#options.obeyRetryAfter ? retryAfterMilliseconds(answer) : undefined;
      if (wait === undefined || performance.now() + wait >= deadline) break;
      await sleep(wait);
      answer = await this.#attempt(url, request, deadline);
    }
    return {
      model,
      intended: intended - began,
      late,
      latency: performance.now() - intended,
      status: answer.status,
      code: codeOf(answer),
      stages: parseServerTiming(String(answer.headers['server-timing'] ?? '')),
      retries,
    };
  }

  /** A failed connection is an answer of status 0 whose body is Node's code. */
  async #attempt(url: URL, request: ClientRequest, deadline: number): Promise<HttpAnswer> {
    try {
      const left = Math.max(1, deadline - performance.now());
      return await this.#client.post(url, request, left, this.#options.headers);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'FAILED';
      return { status: 0, headers: {}, body: Buffer.from(code) };
    }
  }
}

/** Undefined when the answer does not ask to come back. */
function retryAfterMilliseconds({ status, headers }: HttpAnswer): number | undefined {
  const seconds = headers['retry-after'];
  if ((status !== 429 && status !== 503) || seconds === undefined || !/^\d+$/.test(seconds)) return undefined;
  return 1000 * Number(seconds);
}

function codeOf({ status, body, headers }: HttpAnswer): string {
  if (status === 200) return '';
  if (status === 0) return body.toString('utf8');
  if (!String(headers['content-type']).startsWith('application/problem+json')) return '';
  return /"code"\s*:\s*"([A-Z_]{1,50})"/.exec(body.toString('utf8', 0, 4096))?.[1] ?? '';
}
