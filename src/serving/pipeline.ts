import { InternalError } from '../core/errors.ts';
import type { SizeRequest } from '../image/index.ts';
import { cutAnswer, decodeForModel, type Pixels, type Size } from '../image/index.ts';
import { admitted } from './admitted.ts';
import type { MadePicture } from './answers/made-picture.ts';
import { requirePresence } from './departure.ts';
import type { GuidancePlan, Look } from './guidance/plan.ts';
import type { StyleCodes } from './guidance/style-codes.ts';
import { openStyles, readStyles } from './guidance/styles.ts';
import type { Acceptance } from './jobs/acceptance.ts';
import type { PreviewWatcher } from './jobs/previews.ts';
import type { ReadyModel } from './open-package.ts';
import type { Scheduler } from './scheduler.ts';
import { StageClock } from './stage-clock.ts';
import type { ReportProgress } from './translators/translator.ts';
import type { Urgency, WorkWatcher } from './work.ts';

/** A translation as the pipeline takes it: bytes in, wishes for what comes out. */
export interface TranslationRequest<Answer> {
  readonly model: Pick<ReadyModel, 'name' | 'version' | 'image' | 'translator' | 'networkKey'>;
  readonly image: Uint8Array;
  readonly size: SizeRequest;
  /** Which pictures to make; undefined: the one that the model makes. */
  readonly guidance: GuidancePlan | undefined;
  readonly urgency: Urgency;
  /** Called when the pictures are decoded: their bytes are no longer needed. */
  readonly decoded?: () => void;
  /** Hears of its runs in the queue, and how far its translator has come. */
  readonly watcher?: TranslationWatcher | undefined;
  /** Fires when the client has left. */
  readonly signal: AbortSignal;
  /** Takes the times. Default: one of its own. */
  readonly clock?: StageClock;
  /** Encodes what was made, and says so to the clock. */
  readonly answer: (pictures: readonly MadePicture[], clock: StageClock) => Promise<Answer>;
}

export interface TranslationWatcher extends WorkWatcher, PreviewWatcher, Acceptance {
  report: ReportProgress;
}

export interface PipelineDependencies {
  readonly scheduler: Scheduler;
  readonly styleCodes: StyleCodes;
  readonly limits: { readonly maximumBytes: number; readonly maximumPixels: number };
}

/**
 * One request from bytes to bytes: admit, decode, preprocess, schedule, run, postprocess, encode. A place in the house for
 * each picture is taken before any work is done; each stage is timed once; between stages a client that has left is noticed.
 * @throws what its steps throw; GuidanceError for a style picture that cannot be read, before anything was run
 */
export async function translatePicture<Answer>(
  request: TranslationRequest<Answer>,
  { scheduler, styleCodes, limits }: PipelineDependencies,
): Promise<Answer> {
  const { model, image, size, guidance, urgency, decoded, watcher, signal, answer } = request;
  const { clock = new StageClock() } = request;
  const { translator } = model;
  const options = { model, scheduler, clock, urgency, watcher, signal };
  return admitted(guidance?.pictures ?? 1, options, async (runs) => {
    const [{ pixels, plan }, styles] = await clock.time('decode', () =>
      Promise.all([
        decodeForModel(image, { policy: model.image, size, limits }),
        openStyles(guidance?.styles ?? [], { model, styleCodes, limits }),
      ]),
    );
    decoded?.();
    requirePresence(signal);
    const looks =
      guidance?.looks(await readStyles(styles, { model, styleCodes, runNetwork: runs.run })) ?? [];
    const feeds = await clock.time('preprocess', () =>
      translator.prepare(
        pixels,
        looks.map(({ code }) => code),
      ),
    );
    requirePresence(signal);
    const outputs = await translator.run(feeds, runs.run, (fraction) => watcher?.report(fraction));
    requirePresence(signal);
    const translated = await clock.time('postprocess', () =>
      Promise.all(
        outputs.map(async (each) =>
          cutAnswer(requireSize(await translator.finish(each), plan.network), plan),
        ),
      ),
    );
    requirePresence(signal);
    const answered = await answer(
      translated.map((made, index) => madePicture(made, looks[index])),
      clock,
    );
    requirePresence(signal);
    return answered;
  });
}

function madePicture(pixels: Pixels, look: Look | undefined): MadePicture {
  if (look === undefined) return { pixels };
  const { code: attribute, seed, label } = look;
  return { pixels, attribute, seed, label };
}

/** A network that gives another size than it was asked for is a fault of the model, not of the request. */
export function requireSize(output: Pixels, expected: Size): Pixels {
  if (output.width === expected.width && output.height === expected.height) return output;
  throw new InternalError(
    `the network gave ${output.width}x${output.height} for a picture of ${expected.width}x${expected.height}`,
  );
}
