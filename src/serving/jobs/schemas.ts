import { z } from 'zod';
import { problem } from '../schemas.ts';
import { jobStates } from './states.ts';

export const jobParams = z.object({ id: z.string().max(100).describe('Id of a job.') });

const time = z.string().meta({ format: 'date-time' });

export const jobDocument = z
  .object({
    id: z.string(),
    model: z.string(),
    state: z
      .enum(jobStates)
      .describe('queued until a lane has the picture, then running; done, failed and cancelled are final.'),
    position: z
      .int()
      .optional()
      .describe('Pictures that a lane takes until it takes this one, itself included; while it is queued.'),
    progress: z.number().optional().describe('From 0 to 1, where it is known.'),
    remainingMs: z
      .int()
      .optional()
      .describe('Milliseconds that the rest takes at the pace so far, where that is known.'),
    createdAt: time,
    startedAt: time.optional(),
    endedAt: time.optional(),
    events: z.string().describe('Path of the stream of events.'),
    result: z
      .string()
      .optional()
      .describe('Path of the picture, or of several in one file; present when done.'),
    problem: problem.optional().describe('Why it failed.'),
  })
  .meta({ id: 'Job' });

export const forgotten = z.undefined().describe('It is forgotten.');

export type JobDocument = z.output<typeof jobDocument>;
