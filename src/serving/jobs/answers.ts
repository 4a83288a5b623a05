import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyBaseLogger, FastifyReply } from 'fastify';
import { eventStream } from './event-stream.ts';
import type { Job } from './job.ts';
import { readPreferences } from './prefer.ts';

/** How the client of a translation wants to be answered: with the picture, or at once with a job or with its events. */
export function answerMode({ accept, prefer }: IncomingHttpHeaders): 'picture' | 'job' | 'events' {
  if (/(?:^|,)\s*text\/event-stream\s*(?:;|,|$)/i.test(accept ?? '')) return 'events';
  return readPreferences(prefer).respondAsync ? 'job' : 'picture';
}

/** 202, with where to look and when. */
export function sendAccepted(
  reply: FastifyReply,
  job: Job,
  { retryAfterSeconds }: { readonly retryAfterSeconds: number },
): FastifyReply {
  return reply
    .code(202)
    .headers({
      location: `/jobs/${job.id}`,
      'preference-applied': 'respond-async',
      'retry-after': String(retryAfterSeconds),
      'cache-control': 'no-store',
    })
    .type('application/json')
    .send(JSON.stringify(job.describe()));
}

/**
 * The events of a job, from the one after `after`. Nothing is left to tell a client that has the last one: 204 ends the
 * reconnecting of browsers.
 */
export function sendEvents(reply: FastifyReply, job: Job, after = 0): FastifyReply {
  reply.headers({ location: `/jobs/${job.id}`, 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  if (!job.active && after >= job.events.lastId) return reply.code(204).send();
  return reply.type('text/event-stream').send(eventStream(job, { after }));
}

/** One line for the end of a job, beside that of the request which began it. */
export function logJob(log: FastifyBaseLogger, job: Job): void {
  const { state, error, origin } = job;
  const details = { job: job.id, model: origin.model, state, ...(error && { reason: error.code }) };
  if (error?.report) log.error({ ...details, err: error }, 'job');
  else log.info(details, 'job');
}
