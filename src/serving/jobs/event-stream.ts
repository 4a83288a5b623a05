import { Readable } from 'node:stream';
import type { Job } from './job.ts';
import type { JobEvent } from './job-events.ts';

export interface EventStreamOptions {
  /** The last event that the client has; 0: none. */
  readonly after: number;
  /** Milliseconds between comments that keep proxies from closing a quiet connection. Default 15,000. */
  readonly heartbeat?: number;
}

/** Bytes that may wait for a client that does not read; more, and it must come back with Last-Event-ID. */
const unreadBytes = 64 * 1024;

/** The part of these that previews may take: what is left is for hundreds of states and progress. */
const unreadPreviewBytes = unreadBytes / 2;

/**
 * The events of a job as a server-sent event stream (WHATWG HTML, 9.2): first what the client has missed, then what
 * happens, and the end after the final state. A client that leaves changes nothing for the job.
 */
export function eventStream(job: Job, { after, heartbeat = 15_000 }: EventStreamOptions): Readable {
  const stream = new Readable({ read: () => {} });
  const send = (text: string) => {
    stream.push(text);
    if (stream.readableLength > unreadBytes) stream.destroy();
  };
  const timer = setInterval(() => send(': heartbeat\n\n'), heartbeat);
  const tell = (event: JobEvent) => {
    const text = frame(event);
    // A client that is slow to read gets fewer previews rather than no states.
    if (event.type === 'preview' && stream.readableLength + text.length > unreadPreviewBytes) return;
    send(text);
  };
  const stopListening = job.events.listen(tell);
  stream.once('close', () => {
    clearInterval(timer);
    stopListening();
  });
  send('retry: 2000\n\n');
  for (const event of job.events.after(after)) tell(event);
  void job.ended.then(() => stream.push(null));
  return stream;
}

/** JSON has no line breaks, so that an event is one line of data. */
function frame({ id, type, data }: JobEvent): string {
  return `id: ${id}\nevent: ${type}\ndata: ${data}\n\n`;
}
