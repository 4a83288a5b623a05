import { messageOf } from '../../src/core/errors.ts';
import { type ClientRequest, HttpClient } from './http-client.ts';

/** No answer of a benchmark takes longer. */
const timeoutMilliseconds = 600_000;

/** What came back of one request. */
export interface Answer {
  /** Place of the client in the list. */
  readonly client: number;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The picture; of a failure, what was said about it. */
  readonly body: Buffer;
  /** From sending to the last byte. */
  readonly milliseconds: number;
  readonly serverTiming: string;
}

export interface Load {
  readonly answers: readonly Answer[];
  /** From the first request to the last answer. */
  readonly seconds: number;
}

/**
 * Sends requests from clients that all work at once, each its own request and the next as soon as one is answered, on
 * connections that are kept. The pictures are compared afterwards: checking would take time from the service.
 */
export async function sendLoad(
  url: string,
  clients: readonly ClientRequest[],
  requests: number,
): Promise<Load> {
  const answers: Answer[] = [];
  const http = new HttpClient();
  let left = requests;
  const start = performance.now();
  const work = clients.map(async (request, client) => {
    while (left-- > 0) answers.push(await send(http, new URL(url), request, client));
  });
  await Promise.all(work);
  http.close();
  return { answers, seconds: (performance.now() - start) / 1000 };
}

async function send(http: HttpClient, url: URL, request: ClientRequest, client: number): Promise<Answer> {
  const start = performance.now();
  const since = () => performance.now() - start;
  try {
    const { status, headers, body } = await http.post(url, request, timeoutMilliseconds);
    const serverTiming = String(headers['server-timing'] ?? '');
    return { client, status, body, milliseconds: since(), serverTiming };
  } catch (error) {
    const body = Buffer.from(messageOf(error));
    return { client, status: 0, body, milliseconds: since(), serverTiming: '' };
  }
}
