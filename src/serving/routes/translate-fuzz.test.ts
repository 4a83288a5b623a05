import http from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { blankPixels, encode } from '../../image/index.ts';
import { problemTable } from '../problem-table.ts';
import { pictureForm, startHarness } from '../testing/harness.ts';
import { listen } from '../testing/sockets.ts';

/** Bodies that are forms in some way broken: whatever comes, the answer is a picture or a problem of the client's. */

const bodies = 500;

type Harness = Awaited<ReturnType<typeof startHarness>>;
let service: Harness;
let port: number;
let form: Message;

beforeAll(async () => {
  service = await startHarness({ environment: { MAX_UPLOAD_BYTES: '100000', MAX_PIXELS: '1000000' } });
  port = await listen(service.app);
  const picture = await encode(blankPixels({ width: 16, height: 16 }, [10, 20, 30]), { format: 'png' });
  const { payload, headers } = pictureForm(picture, { format: 'jpeg', quality: '80' });
  form = { body: payload, type: headers['content-type'] as string };
});
afterAll(() => service.close());

interface Message {
  readonly body: Buffer;
  /** Content-Type. */
  readonly type: string;
}

const boundary = 'unpaired-test-boundary';
const text = (message: Message) => message.body.toString('latin1');
const withText = (message: Message, body: string): Message => ({
  ...message,
  body: Buffer.from(body, 'latin1'),
});
const part = (head: string, content: string) => `--${boundary}\r\n${head}\r\n\r\n${content}\r\n`;
const pick = <T>(random: Random, values: readonly T[]): T => values[random.integer(values.length)] as T;
const prepend = (message: Message, before: string) => withText(message, before + text(message));

/** Ways to break a form; a body is broken by one to three of them. */
const mutations: Readonly<Record<string, (message: Message, random: Random) => Message>> = {
  truncated: (message, random) => ({
    ...message,
    body: message.body.subarray(0, random.integer(message.body.length + 1)),
  }),
  beheaded: (message, random) => ({ ...message, body: message.body.subarray(random.integer(200)) }),
  bytesChanged: (message, random) => {
    const body = Buffer.from(message.body);
    for (let count = 0; count < 8 && body.length > 0; count++)
      body[random.integer(body.length)] = random.integer(256);
    return { ...message, body };
  },
  pictureDamaged: (message, random) => {
    const body = Buffer.from(message.body);
    const at = body.indexOf('IDAT');
    if (at >= 0) body.fill(random.integer(256), at, at + 1 + random.integer(20));
    return { ...message, body };
  },
  boundaryChanged: (message, random) => ({
    ...message,
    type: pick(random, [
      'multipart/form-data',
      'multipart/form-data; boundary=',
      'multipart/form-data; boundary=""',
      'multipart/form-data; boundary=other',
      `multipart/form-data; boundary=${'b'.repeat(300)}`,
      `multipart/form-data; boundary="${boundary}"`,
      `multipart/form-data; charset=utf-16; boundary=${boundary}; boundary=twice`,
      `multipart/mixed; boundary=${boundary}`,
      'multipart/',
      'image/png',
    ]),
  }),
  lineEnds: (message, random) =>
    withText(message, text(message).replaceAll('\r\n', pick(random, ['\n', '\r', '\r\n\r\n', '']))),
  hugeHeader: (message, random) =>
    prepend(
      message,
      part(`Content-Disposition: form-data; name="${'n'.repeat(random.integer(90_000))}"`, 'x'),
    ),
  manyHeaders: (message, random) =>
    prepend(
      message,
      part(
        `Content-Disposition: form-data; name="format"\r\n${'X-Header: a\r\n'.repeat(random.integer(3000))}X-Last: 1`,
        'png',
      ),
    ),
  oddDisposition: (message, random) =>
    prepend(
      message,
      part(
        pick(random, [
          'Content-Disposition: form-data',
          'Content-Disposition: attachment; name="image"',
          'Content-Disposition: form-data; name=""; filename=""',
          "Content-Disposition: form-data; name*=utf-8''%zz",
          'Content-Disposition: form-data; name="image"; filename="../../etc/passwd\\0"',
          'Content-Disposition: form-data; name="constructor"',
          'Content-Disposition: form-data; name="\xff\xfe\0"',
          'Content-Disposition',
          ': ',
          '',
        ]),
        'x',
      ),
    ),
  fieldTwice: (message, random) =>
    prepend(
      message,
      part(`Content-Disposition: form-data; name="${pick(random, ['image', 'format', 'quality'])}"`, 'png'),
    ),
  manyFields: (message, random) =>
    prepend(
      message,
      Array.from({ length: random.integer(200) }, (_, index) =>
        part(`Content-Disposition: form-data; name="f${index}"`, ''),
      ).join(''),
    ),
  oddEncoding: (message, random) =>
    prepend(
      message,
      part(
        `Content-Disposition: form-data; name="size"\r\nContent-Transfer-Encoding: ${pick(random, ['base64', 'quoted-printable', 'x'])}\r\nContent-Type: text/plain; charset=${pick(random, ['utf-16', 'utf-7', 'nonsense', 'latin1'])}`,
        'bW9kZWw\xff=',
      ),
    ),
  nested: (message) =>
    prepend(
      message,
      part(
        'Content-Disposition: form-data; name="image"\r\nContent-Type: multipart/mixed; boundary=inner',
        '--inner\r\nContent-Disposition: file; filename="a.png"\r\n\r\nx\r\n--inner--',
      ),
    ),
  noParts: (message, random) =>
    withText(
      message,
      pick(random, ['', '\r\n', `--${boundary}--\r\n`, `--${boundary}`, '--', '-'.repeat(5000)]),
    ),
  longField: (message, random) =>
    prepend(
      message,
      part('Content-Disposition: form-data; name="format"', 'x'.repeat(random.integer(90_000))),
    ),
  tooLarge: (message) => prepend(message, 'p'.repeat(200_000)),
};

function breakForm(random: Random): { message: Message; how: string[] } {
  const how = Array.from({ length: 1 + random.integer(3) }, () => pick(random, Object.keys(mutations)));
  return {
    how,
    message: how.reduce(
      (message, name) => (mutations[name] as (typeof mutations)[string])(message, random),
      form,
    ),
  };
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

function send({ body, type }: Message): Promise<{ status: number; type: string; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        port,
        agent,
        method: 'POST',
        path: '/translate/inverter',
        headers: { 'content-type': type, 'content-length': body.length },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            type: answer.headers['content-type'] ?? '',
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** What of the process is open: sockets, timers, files, requests of the thread pool. */
const openHandles = () => process.getActiveResourcesInfo().length;

it(`${bodies} broken forms: each is answered with a picture or a problem of the client's, and nothing is left behind`, async () => {
  const random = Random.of(20_240_229);
  expect((await send(form)).status).toBe(200);
  const before = openHandles();
  const codes = new Map<string, number>();
  for (let index = 0; index < bodies; index++) {
    const { message, how } = breakForm(random);
    const answer = await send(message).catch((error: Error) => error.message);
    const which = `body ${index}, ${how.join(' + ')}`;
    if (typeof answer === 'string') throw new Error(`${which}: no answer, ${answer}`);
    const code = answer.status === 200 ? 'ok' : (JSON.parse(answer.body.toString()) as { code: string }).code;
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (answer.status === 200) expect(answer.type, which).toMatch(/^image\//);
    else
      expect({ which, ...answer, body: '' }).toMatchObject({
        type: 'application/problem+json; charset=utf-8',
      });
    if (answer.status !== 200)
      expect({ which, code, status: answer.status }).toMatchObject({ status: problemTable[code]?.status });
    expect({ which, code, clients: answer.status < 500 }).toMatchObject({ clients: true });
  }
  // The mutations reach every layer, from the parser to the decoder, and leave some forms whole.
  expect([...codes.keys()].sort()).toEqual(
    expect.arrayContaining(['BODY_MALFORMED', 'BODY_TOO_LARGE', 'IMAGE_CORRUPT', 'REQUEST_INVALID', 'ok']),
  );
  agent.destroy();
  await service.lifecycle.idle();
  const metrics = (await service.app.inject({ url: '/metrics' })).body;
  for (const name of ['admitted_items', 'queued_items', 'uploads'])
    expect(metrics).toContain(`unpaired_${name} 0`);
  expect(metrics).not.toContain('outcome="failed"');
  await expect.poll(openHandles).toBeLessThanOrEqual(before);
  expect((await send(form)).status).toBe(200);
  expect((await service.app.inject({ url: '/readyz' })).statusCode).toBe(200);
});
