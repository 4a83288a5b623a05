import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventStream } from './event-stream.ts';
import { Job } from './job.ts';
import { JobEvents } from './job-events.ts';

const newJob = () => new Job({ owner: undefined, model: 'inverter', requestId: 'request-1' });
const result = { mediaType: 'image/png', headers: {} };

/** Ids and types of the events of a stream, in order. */
const eventsOf = (stream: string) =>
  [...stream.matchAll(/^id: (\d+)\nevent: (\w+)\ndata: (.+)$/gm)].map(([, id, type, data]) => ({
    id: Number(id),
    type,
    data: JSON.parse(data as string) as Record<string, unknown>,
  }));

describe('a stream of events', () => {
  it('tells what was, what happens, and ends with the job', async () => {
    const job = newJob();
    const streamed = text(eventStream(job, { after: 0 }));
    job.started();
    job.report(0.5);
    job.succeed(result);
    const events = eventsOf(await streamed);
    expect(events.map(({ id, type, data }) => [id, type, data.state ?? data.progress])).toEqual([
      [1, 'state', 'queued'],
      [2, 'state', 'running'],
      [3, 'progress', 0.5],
      [4, 'state', 'done'],
    ]);
    expect(events[3]?.data).toMatchObject({ progress: 1, result: `/jobs/${job.id}/result` });
  });

  it('has the form of the standard: fields in lines, an empty line after each event', async () => {
    const job = newJob();
    job.cancel();
    const frames = (await text(eventStream(job, { after: 0 }))).split('\n\n');
    expect(frames[0]).toBe('retry: 2000');
    expect(frames.slice(1, -1).map((frame) => frame.replace(/data: {.+}/, 'data: {}'))).toEqual([
      'id: 1\nevent: state\ndata: {}',
      'id: 2\nevent: state\ndata: {}',
    ]);
    expect(frames.at(-1)).toBe('');
  });

  it('goes on after the event that the client has', async () => {
    const job = newJob();
    job.started();
    job.succeed(result);
    expect(eventsOf(await text(eventStream(job, { after: 2 }))).map(({ id }) => id)).toEqual([3]);
  });

  it('a client that leaves changes nothing, and is forgotten', async () => {
    const job = newJob();
    const stream = eventStream(job, { after: 0 });
    stream.destroy();
    await new Promise((resolve) => stream.once('close', resolve));
    job.started();
    expect(job.state).toBe('running');
    expect(job.signal.aborted).toBe(false);
    expect(stream.readableLength).toBeLessThan(1000);
  });

  it('a client that does not read is left, with the memory that it would take', async () => {
    const job = newJob();
    const stream = eventStream(job, { after: 0 });
    for (let step = 0; step < 5000; step++) job.report(step / 5000);
    expect(stream.destroyed).toBe(true);
    expect(job.active).toBe(true);
  });
});

describe('previews', () => {
  const preview = { index: 0, progress: 0.5, image: `data:image/webp;base64,${'A'.repeat(10_000)}` };

  it('are told to who listens; who comes later is told the last', async () => {
    const job = newJob();
    expect(job.watched).toBe(false);
    const streamed = text(eventStream(job, { after: 0 }));
    expect(job.watched).toBe(true);
    for (const progress of [0.25, 0.5]) job.preview({ ...preview, progress });
    const late = text(eventStream(job, { after: 0 }));
    job.succeed(result);
    expect(job.watched).toBe(false);
    const previewsOf = (stream: string) => eventsOf(stream).filter(({ type }) => type === 'preview');
    expect(previewsOf(await streamed).map(({ data }) => data.progress)).toEqual([0.25, 0.5]);
    expect(previewsOf(await late).map(({ data }) => data)).toEqual([{ ...preview, progress: 0.5 }]);
  });

  it('a client that does not read misses some, and no state', async () => {
    const job = newJob();
    const stream = eventStream(job, { after: 0 });
    job.started();
    for (let turn = 0; turn < 8; turn++) job.preview(preview);
    job.succeed(result);
    const types = eventsOf(await text(stream)).map(({ type }) => type);
    expect(types).toEqual(['state', 'state', 'preview', 'preview', 'preview', 'state']);
  });
});

describe('heartbeats', () => {
  afterEach(() => vi.useRealTimers());

  it('are comments, while nothing happens', async () => {
    vi.useFakeTimers();
    const job = newJob();
    const stream = eventStream(job, { after: 1, heartbeat: 1000 });
    const streamed = text(stream);
    await vi.advanceTimersByTimeAsync(2500);
    job.cancel();
    expect((await streamed).match(/^: heartbeat\n\n/gm)).toHaveLength(2);
  });
});

it('what is kept has an end, and states outlive progress', () => {
  const events = new JobEvents(3);
  events.emit('state', 1);
  for (let step = 0; step < 10; step++) events.emit('progress', step);
  events.emit('state', 2);
  expect(events.after(0).map(({ id, type }) => [id, type])).toEqual([
    [1, 'state'],
    [11, 'progress'],
    [12, 'state'],
  ]);
});

it('the first end of a job is its end', () => {
  const job = newJob();
  expect(job.cancel()).toBe(true);
  expect(job.succeed(result)).toBe(false);
  job.started();
  job.report(0.5);
  expect(job.describe()).toMatchObject({ state: 'cancelled' });
  expect(job.describe()).not.toHaveProperty('result');
  expect(job.events.lastId).toBe(2);
});
