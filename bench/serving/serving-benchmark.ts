import { copyFile, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig } from '../../src/serving/index.ts';
import type { BenchmarkOptions } from '../options.ts';
import { writeFullSizeModel } from './full-size-model.ts';
import { isOneRun, type ModelMeasurement, manifestOf, measureModel } from './model-load.ts';
import { providerOf, servedLayout } from './served-layout.ts';
import { ServiceProcess } from './service-process.ts';

export interface ServingMeasurement {
  readonly provider: string;
  readonly lanes: number;
  readonly threadsPerLane: number;
  readonly models: readonly ModelMeasurement[];
  /** Models that the service could not open, with the reason. */
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
}

/** A model as `GET /models` lists it. */
interface ListedModel {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly serving: boolean;
  readonly reason?: string;
}

/** Loads a real service with each of its models, and compares it with the bare sessions. */
export async function measureServing(
  options: BenchmarkOptions,
  note: (line: string) => void,
): Promise<ServingMeasurement> {
  const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-bench-'));
  try {
    note('serving: writing the full-size model, starting the service');
    await writeFullSizeModel(folder);
    await linkModels(options.models, folder);
    const service = await ServiceProcess.start(folder);
    try {
      return await measureModels(folder, service, options, note);
    } finally {
      await service.stop();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measureModels(
  folder: string,
  service: ServiceProcess,
  options: BenchmarkOptions,
  note: (line: string) => void,
): Promise<ServingMeasurement> {
  const config = readConfig(process.env);
  const provider = await providerOf(service.url);
  const layout = await servedLayout(folder, provider);
  const { models: listed } = (await (await service.get('/models')).json()) as { models: ListedModel[] };
  const models: ModelMeasurement[] = [];
  for (const model of listed.filter(({ serving }) => serving)) {
    const place = path.join(folder, model.name, model.version);
    if (!isOneRun(await manifestOf(place))) {
      note(
        `serving: ${model.name} takes several runs for a picture and is left out; "bench -- outputs" measures such`,
      );
      continue;
    }
    models.push(
      await measureModel(place, {
        service,
        options,
        layout,
        session: { provider: config.PROVIDER, deviceId: config.DEVICE_ID, threads: layout.threadsPerLane },
        note: (line) => note(`serving: ${model.name}, ${line}`),
      }),
    );
  }
  const failed = listed.filter(({ state }) => state === 'failed');
  return {
    provider,
    ...layout,
    models,
    failed: failed.map(({ name, reason = '' }) => ({ name, reason })),
  };
}

/** Lets the service see the models of another folder, and what was measured of them, beside those that are there. */
async function linkModels(models: string, folder: string): Promise<void> {
  const entries = await readdir(models, { withFileTypes: true }).catch(() => []);
  if (entries.some(({ name }) => name === 'tuning.json'))
    await copyFile(path.join(models, 'tuning.json'), path.join(folder, 'tuning.json'));
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    // A junction is what Windows lets anyone make; elsewhere the word has no effect.
    await symlink(path.resolve(models, name), path.join(folder, name), 'junction');
  }
}
