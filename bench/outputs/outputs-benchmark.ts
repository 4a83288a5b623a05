import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { availableThreads } from '../../src/runtime/index.ts';
import { laneLayout, readConfig } from '../../src/serving/index.ts';
import type { BenchmarkOptions } from '../options.ts';
import { ServiceProcess } from '../serving/service-process.ts';
import { writeFullSizeExemplarModel } from './full-size-exemplar-model.ts';
import { measureOutputs, type OutputsMeasurement } from './outputs-load.ts';

export interface OutputsBenchmark {
  readonly lanes: number;
  readonly threadsPerLane: number;
  readonly models: readonly OutputsMeasurement[];
}

const variants = ['concat', 'feature-wise'] as const;

/** What several outputs of one picture cost in a real service, for both kinds of DRIT at full size. */
export async function measureOutputsBenchmark(
  { outputs, rounds }: BenchmarkOptions,
  note: (line: string) => void,
): Promise<OutputsBenchmark> {
  const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-bench-'));
  try {
    note('outputs: writing the full-size models, starting the service');
    const names: string[] = [];
    for (const variant of variants) names.push(await writeFullSizeExemplarModel(folder, variant));
    const service = await ServiceProcess.start(folder);
    try {
      // The service reads the same variables, so it has chosen the same.
      const config = readConfig(process.env);
      const layout = laneLayout(config, availableThreads());
      const { PROVIDER: provider, DEVICE_ID: deviceId } = config;
      const session = { provider, deviceId, threads: layout.threadsPerLane };
      const models: OutputsMeasurement[] = [];
      for (const name of names) {
        note(`outputs: ${name}, ${rounds} requests of ${outputs} outputs`);
        const surroundings = { service, outputs, rounds, lanes: layout.lanes, session };
        models.push(await measureOutputs(path.join(folder, name, '1'), surroundings));
      }
      return { ...layout, models };
    } finally {
      await service.stop();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
