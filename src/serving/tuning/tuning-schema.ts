import { z } from 'zod';

/** What was measured, where, and what follows from it: the content of tuning.json. */

const layout = { lanes: z.int().positive(), threadsPerLane: z.int().positive() };

/** Everything that must be the same for a measurement to hold. */
const device = z.strictObject({
  processor: z.string().describe('Model of the processor.'),
  threads: z.int().positive().describe('Threads that the process may use, quota included.'),
  provider: z.string().describe('Execution provider that really ran.'),
  deviceId: z.int().nonnegative(),
  onnxruntime: z.string().describe('Version of ONNX Runtime.'),
});

const modelTuning = z.strictObject({
  model: z.string().min(1),
  version: z.string().min(1),
  sha256: z.string().describe('Checksum of the network that was measured.'),
  width: z.int().positive(),
  height: z.int().positive(),
  maxBatch: z.int().positive().describe('Most pictures of one run; 1: batching does not pay.'),
  latencies: z.array(z.strictObject({ items: z.int().positive(), milliseconds: z.number().positive() })),
  fit: z.strictObject({ fixed: z.number(), perItem: z.number(), residual: z.number().nonnegative() }),
  layouts: z.array(z.strictObject({ ...layout, itemsPerSecond: z.number().nonnegative() })),
});

export const tuningSchema = z.strictObject({
  schemaVersion: z.literal(1),
  measuredAt: z.iso.datetime(),
  device,
  ...layout,
  models: z
    .array(modelTuning)
    .describe('Of a model that takes any size, one for each size that was measured.'),
});

export type Tuning = z.output<typeof tuningSchema>;
export type DeviceFingerprint = Tuning['device'];
export type ModelTuning = Tuning['models'][number];
