import { readFile } from 'node:fs/promises';
import { messageOf, UnpairedError } from '../core/errors.ts';
import { writeWhole } from '../core/write-whole.ts';
import { encode, type OutputFormat, ownFileLimits, type SizeRequest } from '../image/index.ts';
import type { LanePool } from '../runtime/index.ts';
import type { MadePicture } from '../serving/answers/made-picture.ts';
import { translateBySampling } from '../serving/diffusion/translate-by-sampling.ts';
import { mostStyles } from '../serving/guidance/plan.ts';
import { StyleCodes } from '../serving/guidance/style-codes.ts';
import type { ReadyModel } from '../serving/open-package.ts';
import { translatePicture } from '../serving/pipeline.ts';
import { Scheduler } from '../serving/scheduler.ts';
import { unhurried } from '../serving/work.ts';
import { InterruptedError } from './interruption.ts';
import { numberedOutputs, type PlannedPicture } from './picture-plan.ts';
import type { StatusLine } from './status-line.ts';
import { picturesEach, type TranslationPlan } from './translation-plan.ts';

export interface TranslateAllOptions {
  readonly model: ReadyModel;
  readonly pool: LanePool;
  readonly format: OutputFormat;
  readonly quality: number | undefined;
  readonly size: SizeRequest;
  readonly how: TranslationPlan;
  readonly signal: AbortSignal;
  readonly status: StatusLine;
  /** Called with the path of each translation. */
  readonly onTranslated: (output: string) => void;
}

/** Some pictures could not be translated; each was named when it happened. */
class PicturesSkippedError extends UnpairedError {
  constructor(skipped: number, all: number) {
    super(`${skipped} of ${all} pictures could not be translated`, { code: 'PICTURES_SKIPPED', status: 422 });
  }
}

/** While one picture is run, one is decoded and one encoded. */
const inFlight = 3;

/**
 * Translates pictures one after the other, tells the path of each translation, and names and leaves out those that
 * are broken.
 * @throws PicturesSkippedError at the end, InterruptedError when the signal fires
 */
export async function translateAll(
  pictures: readonly PlannedPicture[],
  options: TranslateAllOptions,
): Promise<void> {
  const { signal, status, onTranslated } = options;
  const translate = translator(options);
  const count = { done: 0, skipped: 0 };
  const start = performance.now();
  const queue = pictures.values();
  const work = async () => {
    for (const picture of queue) {
      if (signal.aborted) return;
      status.show(`${count.done + count.skipped} of ${pictures.length} translated`);
      try {
        await translate(picture);
        count.done++;
        for (const output of numberedOutputs(picture.output, picturesEach(options.how))) onTranslated(output);
      } catch (thrown) {
        if (signal.aborted) return;
        count.skipped++;
        status.message(`skipped ${picture.input}: ${messageOf(thrown)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  status.clear();
  if (signal.aborted)
    throw new InterruptedError(`interrupted after ${count.done} of ${pictures.length} pictures`);
  status.message(summary(count.done, (performance.now() - start) / 1000));
  if (count.skipped > 0) throw new PicturesSkippedError(count.skipped, pictures.length);
}

function summary(done: number, seconds: number): string {
  const each = done > 1 ? `, ${(seconds / done).toFixed(2)} s each` : '';
  return `${done} ${done === 1 ? 'picture' : 'pictures'} translated in ${seconds.toFixed(1)} s${each}`;
}

/** The service's own pipeline, from file to file. */
function translator({ model, pool, format, quality, size, how, signal }: TranslateAllOptions) {
  const count = picturesEach(how);
  // Steps of samplings share runs; pictures do not, since that pays on few devices.
  const maxBatch = 'plan' in how ? inFlight * count : 1;
  const styleCodes = new StyleCodes(mostStyles);
  const scheduler = new Scheduler(
    pool,
    { queueLimit: inFlight * count, maxBatch, maxBatchDelay: 0, priorityStep: 0, prefetch: 1 },
    { batchDone: () => {}, dropped: () => {} },
  );
  return async ({ input, output }: PlannedPicture): Promise<void> => {
    const image = await readFile(input);
    const answer = (made: readonly MadePicture[]) =>
      Promise.all(
        made.map(({ pixels }) => encode(pixels, quality === undefined ? { format } : { format, quality })),
      );
    const request = { model, image, size, urgency: unhurried, signal, answer };
    const surroundings = { scheduler, styleCodes, limits: ownFileLimits };
    const encoded =
      'plan' in how
        ? await translateBySampling({ ...request, ...how }, surroundings)
        : await translatePicture({ ...request, ...how }, surroundings);
    const files = numberedOutputs(output, count);
    for (const [index, bytes] of encoded.entries()) await writeWhole(files[index] as string, bytes);
  };
}
