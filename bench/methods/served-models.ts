import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../src/core/errors.ts';
import { decode, openPicture } from '../../src/image/index.ts';
import { openDataset } from '../../src/training/data/dataset.ts';
import { ServiceProcess } from '../serving/service-process.ts';
import { meanDifference } from './run-record.ts';

/** Least mean difference, 0..255, between a picture and its translation. */
export const leastTranslation = 1;

/**
 * Serves the models and has each translate the first test picture of its domain.
 * @param models names that end in `-a2b` or `-b2a`
 * @returns what was wrong, by model; nothing for one that is well
 */
export async function servedFaults(
  folder: string,
  models: readonly string[],
  data: string,
): Promise<ReadonlyMap<string, string>> {
  const dataset = await openDataset(data);
  const service = await ServiceProcess.start(folder);
  try {
    const faults = new Map<string, string>();
    for (const model of models) {
      const [picture] = model.endsWith('-a2b') ? dataset.testA : dataset.testB;
      const bytes = await readFile(join(data, picture as string));
      const fault = await translationFault(`${service.url}/translate/${model}`, bytes).catch(messageOf);
      if (fault !== undefined) faults.set(model, fault);
    }
    return faults;
  } finally {
    await service.stop();
  }
}

async function translationFault(url: string, picture: Uint8Array): Promise<string | undefined> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'image/png', accept: 'image/png' },
    body: Uint8Array.from(picture),
  });
  if (answer.status !== 200) return `answered ${answer.status}: ${await answer.text()}`;
  const translation = await decode(new Uint8Array(await answer.arrayBuffer()));
  const source = await (await openPicture(picture)).decode(translation);
  const difference = meanDifference(source, translation);
  if (difference >= leastTranslation) return undefined;
  return `a translation differs from its picture by ${difference.toFixed(2)}, less than ${leastTranslation}`;
}
