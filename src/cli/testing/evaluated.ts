import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Evaluate } from '../evaluate-settings.ts';
import { captureProgram } from './captured-program.ts';

export type EvaluationReport = Awaited<ReturnType<Evaluate>>;

/** `unpaired evaluate` of a model on pictures in `data`, with extractors in `extractors`, of a folder. */
export async function evaluated(folder: string, model: string, ...more: readonly string[]) {
  const inside = (name: string) => path.join(folder, name);
  const json = inside(`${model}.json`);
  const run = await captureProgram(
    ...['evaluate', '--model', model, '--data', inside('data'), '--models', inside('models')],
    ...['--extractors', inside('extractors'), '--cache', inside('cache')],
    ...['--json', json, '--threads', '1', '--provider', 'cpu', ...more],
  );
  return { ...run, report: async () => JSON.parse(await readFile(json, 'utf8')) as EvaluationReport };
}
