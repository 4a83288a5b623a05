import { join } from 'node:path';
import { blankPixels, encode } from '../../../../image/index.ts';
import { newRun } from '../../../testing/sitting.ts';
import { tinyConfig } from '../../../testing/tiny-config.ts';
import { writeDurably } from '../../durable-write.ts';
import { openMetricsLog } from '../../metrics-log.ts';
import type { RunFolder } from '../../run-folder.ts';
import type { SittingEnd, SittingStart } from '../../sitting-schema.ts';
import { recordSitting } from '../../sittings.ts';

/** The beginning of a sitting that never was. */
export function sittingStart(changes: Partial<SittingStart> = {}): SittingStart {
  return {
    at: '2026-01-02T01:00:00.000Z',
    step: 0,
    totalSteps: 8,
    software: 'unpaired 9.9.9',
    node: '20.19.0',
    onnxruntime: '1.2.3',
    provider: 'cpu',
    threads: 2,
    workers: 1,
    processor: 'Abacus 3000',
    processorThreads: 4,
    memoryBytes: 3 * 2 ** 30,
    system: 'Linux x64',
    pictures: { trainA: 1067, testA: 3 },
    ...changes,
  };
}

export interface MadeUpRun {
  /** Settings beside those of the smallest networks. */
  readonly settings?: object;
  /** Values of the loss G, a line each. */
  readonly losses?: readonly number[];
  /** Steps that have a preview. */
  readonly previews?: readonly number[];
  readonly sittings?: readonly { began?: Partial<SittingStart>; ended?: Partial<SittingEnd> }[];
}

/** A folder such as training leaves, without any training. */
export async function madeUpRun(run: MadeUpRun = {}): Promise<RunFolder> {
  const { settings = {}, losses = [4, 3, 2, 2.5], previews = [0, 4], sittings = [{}] } = run;
  const folder = await newRun(tinyConfig(settings));
  await writeMetrics(folder, losses);
  for (const step of previews) {
    const name = `step-${String(step).padStart(8, '0')}-from-A.png`;
    const pixels = blankPixels({ width: 66, height: 34 }, [200, 30, 30]);
    await writeDurably(join(folder.previews, name), [await encode(pixels, { format: 'png' })]);
  }
  for (const { began, ended } of sittings) {
    await recordSitting(folder.sittingsFile, { began: sittingStart(began) });
    const end = { at: '2026-01-02T02:30:00.000Z', step: 4, how: 'stopped', ...ended } as const;
    if (ended !== undefined) await recordSitting(folder.sittingsFile, { ended: end });
  }
  return folder;
}

async function writeMetrics({ metricsFile }: RunFolder, losses: readonly number[]): Promise<void> {
  const log = await openMetricsLog(metricsFile);
  for (const [index, G] of losses.entries()) {
    log.write({
      step: index + 1,
      epoch: 1,
      losses: { 'D<fake>': 0.25, G },
      learningRates: { generator: 0.002, discriminator: 0.002 },
      imagesPerSecond: 1.5,
      seconds: 60 * (index + 1),
    });
  }
  log.close();
}
