import path from 'node:path';
import { LanePool, type Provider } from '../runtime/index.ts';
import { openModel } from './open-model.ts';
import type { StatusLine } from './status-line.ts';
import { translateAll } from './translate-all.ts';
import { planTranslation } from './translation-plan.ts';

interface FolderTranslation {
  /** Folder of model packages. */
  readonly models: string;
  readonly model: string;
  readonly folder: string;
  /** Paths below the folder. */
  readonly files: readonly string[];
  /** Where translations go, as PNG, under names of their own. */
  readonly out: string;
  readonly provider: Provider;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly status: StatusLine;
}

/**
 * Translates pictures of a folder without loss, by a model that makes one picture of a picture, for something else to look at.
 * @returns paths below `out`, in the order of `files`
 */
export async function translateFolder(request: FolderTranslation): Promise<string[]> {
  const { models, model, folder, files, out, provider, threads, signal, status } = request;
  const outputs = files.map((file) => `${file.slice(0, file.length - path.extname(file).length)}.png`);
  const planned = files.map((file, at) => ({
    input: path.join(folder, file),
    output: path.join(out, outputs[at] as string),
  }));
  const pool = await LanePool.start({ lanes: 1, threadsPerLane: threads, provider });
  try {
    const ready = await openModel(models, model, pool);
    await translateAll(planned, {
      model: ready,
      pool,
      format: 'png',
      quality: undefined,
      size: 'model',
      how: planTranslation(ready, {}),
      signal,
      status,
      onTranslated: () => {},
    });
  } finally {
    await pool.close();
  }
  return outputs;
}
