import { messageOf } from '../../src/core/errors.ts';

/** What one client sends again and again. */
export interface ClientRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

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
  let left = requests;
  const start = performance.now();
  const work = clients.map(async (request, client) => {
    while (left-- > 0) answers.push(await send(url, request, client));
  });
  await Promise.all(work);
  return { answers, seconds: (performance.now() - start) / 1000 };
}

async function send(url: string, { body, contentType }: ClientRequest, client: number): Promise<Answer> {
  const start = performance.now();
  const since = () => performance.now() - start;
  try {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': contentType }, body });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const serverTiming = answer.headers.get('server-timing') ?? '';
    return { client, status: answer.status, body: bytes, milliseconds: since(), serverTiming };
  } catch (error) {
    const body = Buffer.from(messageOf(error));
    return { client, status: 0, body, milliseconds: since(), serverTiming: '' };
  }
}
