import { mergeSettings } from '../../training/config/index.ts';
import { drawDataset } from '../../training/testing/dataset.ts';
import { tinySettings } from '../../training/testing/tiny-config.ts';

/** Draws a dataset below `data`. @returns arguments that begin a run of tiny networks on it */
export async function tinyRun(data: string, run: string, changes: object = {}): Promise<string[]> {
  await drawDataset(data);
  const settings = Object.entries(mergeSettings(tinySettings, changes));
  return [
    ...['train', '--method', 'cut', '--data', data, '--run', run, '--provider', 'cpu', '--threads', '1'],
    ...settings.flatMap(([name, value]) => ['--set', `${name}=${JSON.stringify(value)}`]),
  ];
}
