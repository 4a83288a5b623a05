import { z } from 'zod';

/** What a sitting began with: a run that was resumed twice has three. */
const sittingStartSchema = z.object({
  /** Time, ISO 8601. */
  at: z.string(),
  /** Steps that earlier sittings had done. */
  step: z.number(),
  /** Steps of the whole run. */
  totalSteps: z.number(),
  /** Program and version. */
  software: z.string(),
  node: z.string(),
  onnxruntime: z.string(),
  /** Execution provider that really ran, and why nothing faster. */
  provider: z.string(),
  providerNote: z.string().optional(),
  /** Threads of the session, and those that decode pictures. */
  threads: z.number(),
  workers: z.number(),
  /** Model name of the processor; its threads on this machine. */
  processor: z.string(),
  processorThreads: z.number(),
  memoryBytes: z.number(),
  system: z.string(),
  /** Pictures in each folder of the dataset. */
  pictures: z.record(z.string(), z.number()),
});

const sittingEndSchema = z.object({
  at: z.string(),
  /** Steps done. */
  step: z.number(),
  how: z.enum(['finished', 'stopped', 'diverged', 'failed']),
  /** Of what diverged or failed: the error's message. */
  reason: z.string().optional(),
});

/** A line of sittings.jsonl. */
export const sittingLineSchema = z.union([
  z.object({ began: sittingStartSchema }),
  z.object({ ended: sittingEndSchema }),
]);

export type SittingStart = z.output<typeof sittingStartSchema>;
export type SittingEnd = z.output<typeof sittingEndSchema>;
