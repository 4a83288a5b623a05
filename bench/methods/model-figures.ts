import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EvaluationReport } from '../../src/evaluation/index.ts';
import { runProgram } from './program.ts';

/** What `unpaired evaluate` says of an exported model. */
export interface ModelFigures {
  readonly model: string;
  readonly figures: EvaluationReport['figures'];
}

interface EvaluationSettings {
  readonly data: string;
  /** Folder of model packages. */
  readonly models: string;
  /** Domain of the pictures that the model translates. */
  readonly from: 'A' | 'B';
  /** Whether test pictures of one name show the same thing. */
  readonly pairs: boolean;
}

/** Evaluates a model on the test pictures of the dataset, with every extractor that is imported. */
export async function evaluateModel(model: string, settings: EvaluationSettings): Promise<ModelFigures> {
  const { data, models, from, pairs } = settings;
  const folder = await mkdtemp(join(tmpdir(), 'unpaired-figures-'));
  try {
    const file = join(folder, 'figures.json');
    await runProgram([
      ...['evaluate', '--model', model, '--models', models, '--data', data, '--json', file],
      ...['--direction', from === 'A' ? 'AtoB' : 'BtoA', '--cache', join(folder, 'cache')],
      ...(pairs ? ['--pairs'] : []),
    ]);
    const { figures } = JSON.parse(await readFile(file, 'utf8')) as EvaluationReport;
    return { model, figures };
  } finally {
    await rm(folder, { recursive: true });
  }
}
