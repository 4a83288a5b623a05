import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';

/** What one client sends again and again. */
export interface ClientRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Posts bodies over connections that are kept, as many as there are requests at once. Node's own client rather than
 * `fetch`, whose streams take several times the processor time that the service also needs.
 */
export class HttpClient {
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  };

  /**
   * @param timeoutMilliseconds from sending to the last byte of the answer
   * @throws Error with Node's `code` when there is no whole answer; `ETIMEDOUT` when it took too long
   */
  post(
    url: URL,
    { body, contentType }: ClientRequest,
    timeoutMilliseconds: number,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpAnswer> {
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(url, {
        method: 'POST',
        agent: this.#agents[secure ? 'https:' : 'http:'],
        headers: { ...headers, 'content-type': contentType, 'content-length': body.byteLength },
      });
      const timer = setTimeout(() => request.destroy(timeoutError(timeoutMilliseconds)), timeoutMilliseconds);
      request.once('error', reject);
      request.once('close', () => clearTimeout(timer));
      request.once('response', (response) => readAnswer(response).then(resolve, reject));
      request.end(body);
    });
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
}

function timeoutError(milliseconds: number): Error {
  return Object.assign(new Error(`no answer within ${milliseconds} ms`), { code: 'ETIMEDOUT' });
}
