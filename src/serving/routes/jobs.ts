import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppContext, AppInstance } from '../context.ts';
import { departureSignal } from '../departure.ts';
import { sendEvents } from '../jobs/answers.ts';
import { JobCancelledError, JobNotDoneError } from '../jobs/errors.ts';
import type { Job } from '../jobs/job.ts';
import { readPreferences } from '../jobs/prefer.ts';
import { forgotten, jobDocument, jobParams } from '../jobs/schemas.ts';
import { problemResponse } from '../openapi.ts';
import { sendPicture } from '../picture-answer.ts';

/** Most seconds that `Prefer: wait` makes us wait: proxies close what is quiet for longer. */
const longestWait = 55;

const unknown = problemResponse('There is no such job: it ended a while ago, or another process took it.');

/** `/jobs/{id}`: how a translation that was asked for with `Prefer: respond-async` is going, its picture, its end. */
export function jobRoutes(app: AppInstance, { jobs, scheduler }: AppContext): void {
  const find = (request: FastifyRequest, reply: FastifyReply): Job => {
    reply.header('cache-control', 'no-store');
    const { id } = request.params as { id: string };
    return jobs.find(id, request.apiKey?.name);
  };

  const describe = {
    tags: ['jobs'],
    summary: 'Tell how a job is going',
    description: 'With `Prefer: wait=10` the answer comes when the job has ended, or after ten seconds.',
    params: jobParams,
    response: { 200: jobDocument, 404: unknown },
  };
  app.get('/jobs/:id', { schema: describe }, async (request, reply) => {
    const job = find(request, reply);
    const { wait } = readPreferences(request.headers.prefer);
    if (wait !== undefined) {
      await waitFor(job, Math.min(wait, longestWait), departureSignal(reply.raw));
      reply.header('preference-applied', `wait=${wait}`);
    }
    if (job.active) reply.header('retry-after', String(scheduler.retryAfterSeconds));
    return job.describe();
  });

  const result = {
    tags: ['jobs'],
    summary: 'The picture of a job that is done; the problem of one that failed',
    params: jobParams,
    response: {
      404: unknown,
      409: problemResponse('It is not done: come back after Retry-After seconds.'),
      410: problemResponse('It was cancelled.'),
      507: problemResponse('There was no room to keep its result.'),
    },
  };
  app.get('/jobs/:id/result', { schema: result }, async (request, reply) => {
    const job = find(request, reply);
    if (job.error) throw job.error;
    if (job.state === 'cancelled') throw new JobCancelledError();
    if (job.result === undefined) throw new JobNotDoneError(job.state, scheduler.retryAfterSeconds);
    return sendPicture(reply, { ...job.result, bytes: await jobs.read(job) });
  });

  const events = {
    tags: ['jobs'],
    summary: 'The events of a job, as server-sent events',
    description:
      '`state` has the job, `progress` a fraction and, where it is known, the time left (`remainingMs`), `preview` a small unfinished picture (`image`, a data URL; `index`, which of the pictures; `progress`): at most eight of them, and only where pictures come on step by step. The stream ends after the final state. `Last-Event-ID` goes on after that event.',
    params: jobParams,
    response: { 404: unknown },
  };
  app.get('/jobs/:id/events', { schema: events }, async (request, reply) => {
    const last = Number(request.headers['last-event-id']);
    return sendEvents(reply, find(request, reply), Number.isSafeInteger(last) ? last : 0);
  });

  const accept = {
    tags: ['jobs'],
    summary: 'End a job with its pictures as they are',
    description:
      'For pictures that come on step by step (EGSDE): the job is done with the clean picture that is predicted now, and nothing more is run for it.',
    params: jobParams,
    response: {
      200: jobDocument,
      404: unknown,
      409: problemResponse('There is no picture yet, or there will be none before the end.'),
    },
  };
  app.post('/jobs/:id/accept', { schema: accept }, async (request, reply) => {
    const job = find(request, reply);
    job.accept();
    await waitFor(job, longestWait, departureSignal(reply.raw));
    return job.describe();
  });

  const end = {
    tags: ['jobs'],
    summary: 'Cancel a job, or forget one that has ended',
    description:
      'One that waits never costs a run; one that runs stops after the run at hand. One that has ended is forgotten with its result: 204.',
    params: jobParams,
    response: { 200: jobDocument, 204: forgotten, 404: unknown },
  };
  app.delete('/jobs/:id', { schema: end }, async (request, reply) => {
    const job = find(request, reply);
    if (job.cancel()) return job.describe();
    await jobs.forget(job);
    return reply.code(204).send();
  });
}

async function waitFor(job: Job, seconds: number, departed: AbortSignal): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, departed]);
  await Promise.race([job.ended, sleep(seconds * 1000, undefined, { signal }).catch(() => {})]);
  over.abort();
}
