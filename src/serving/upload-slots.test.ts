import { afterEach, describe, expect, it } from 'vitest';
import { blankPixels, encode } from '../image/index.ts';
import type { FakeLanes } from './testing/fake-lanes.ts';
import { startHarness } from './testing/harness.ts';
import { connectTo, listen } from './testing/sockets.ts';
import { UploadSlots } from './upload-slots.ts';

type Harness = Awaited<ReturnType<typeof startHarness<FakeLanes>>>;
const started: Harness[] = [];
async function start(environment: Record<string, string>): Promise<Harness> {
  const harness = await startHarness<FakeLanes>({ environment });
  started.push(harness);
  return harness;
}
afterEach(async () => {
  for (const harness of started.splice(0)) {
    harness.lanes.release();
    await harness.close();
  }
});

const picture = await encode(blankPixels({ width: 16, height: 16 }, [1, 2, 3]), { format: 'png' });
const translate = ({ app }: Harness) =>
  app.inject({
    method: 'POST',
    url: '/translate/inverter',
    headers: { 'content-type': 'image/png' },
    payload: Buffer.from(picture),
  });
const uploads = async ({ app }: Harness) =>
  /unpaired_uploads (\d+)/.exec((await app.inject({ url: '/metrics' })).body)?.[1];

describe('slots', () => {
  it('are as many as told, and each is given back once', () => {
    const slots = new UploadSlots(2);
    const release = slots.take();
    slots.take();
    expect(() => slots.take()).toThrow('2 uploads are being received or decoded');
    release();
    release();
    expect(slots.taken).toBe(1);
  });
});

describe('MAX_CONCURRENT_UPLOADS', () => {
  it('bodies that are being received take the slots; the next is 429 at once, and in again when one has left', async () => {
    const harness = await start({ MAX_CONCURRENT_UPLOADS: '2' });
    const port = await listen(harness.app);
    const head =
      'POST /translate/inverter HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 999\r\n\r\nabc';
    const slow = [connectTo(port), connectTo(port)];
    for (const { socket } of slow) socket.write(head);
    await expect.poll(() => uploads(harness)).toBe('2');
    const refused = await translate(harness);
    expect(refused.json()).toMatchObject({ status: 429, code: 'UPLOADS_FULL' });
    expect(refused.headers['retry-after']).toBe('1');
    expect((await harness.app.inject({ url: '/models' })).statusCode).toBe(200);
    for (const { socket } of slow) socket.destroy();
    await expect.poll(() => uploads(harness)).toBe('0');
    expect((await translate(harness)).statusCode).toBe(200);
  });

  it('a picture that waits for a lane no longer has one', async () => {
    const harness = await start({ MAX_CONCURRENT_UPLOADS: '1' });
    harness.lanes.hold();
    const warm = harness.lanes.runs.length;
    const running = translate(harness);
    await expect.poll(() => harness.lanes.runs.length).toBeGreaterThan(warm);
    expect(await uploads(harness)).toBe('0');
    const waiting = translate(harness);
    await expect
      .poll(async () => (await harness.app.inject({ url: '/metrics' })).body)
      .toContain('unpaired_admitted_items 2');
    harness.lanes.release();
    expect([(await running).statusCode, (await waiting).statusCode]).toEqual([200, 200]);
  });

  it('a client that leaves with requests waiting behind each other on one connection leaves nothing behind', async () => {
    const harness = await start({ LANE_PREFETCH: '0' });
    const port = await listen(harness.app);
    harness.lanes.hold();
    const warm = harness.lanes.runs.length;
    const { socket } = connectTo(port);
    const head = `POST /translate/inverter HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: ${picture.length}\r\n\r\n`;
    for (let count = 0; count < 3; count++) socket.write(Buffer.concat([Buffer.from(head), picture]));
    socket.write(head);
    await expect.poll(() => uploads(harness)).toBe('1');
    await expect.poll(() => harness.lanes.runs.length).toBeGreaterThan(warm);
    socket.destroy();
    await expect.poll(() => uploads(harness)).toBe('0');
    harness.lanes.release();
    await harness.lifecycle.idle();
    const metrics = async () => (await harness.app.inject({ url: '/metrics' })).body;
    expect(await metrics()).toContain('outcome="client_left",reason="CLIENT_LEFT"} 4');
    // The place of the one that was on a lane is free when that run is over, which nobody waits for any more.
    await expect.poll(metrics).toContain('unpaired_admitted_items 0');
    expect(harness.lanes.runs.length).toBe(warm + 1);
  });

  it('a body that is refused gives it back', async () => {
    const harness = await start({ MAX_CONCURRENT_UPLOADS: '1' });
    for (const [url, payload] of [
      ['/translate/nothing', 'x'],
      ['/translate/inverter', 'not a picture'],
      ['/nothing', 'x'],
    ]) {
      const headers = { 'content-type': 'image/png' };
      const answer = await harness.app.inject({
        method: 'POST',
        url: url as string,
        headers,
        payload: payload as string,
      });
      expect(answer.json().code).not.toBe('UPLOADS_FULL');
      await expect.poll(() => uploads(harness)).toBe('0');
    }
  });
});
