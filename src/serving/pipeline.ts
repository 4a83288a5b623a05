import { InternalError } from '../core/errors.ts';
import type { OutputFormat, SizeRequest } from '../image/index.ts';
import { cutAnswer, decodeForModel, encode, type Pixels, type Size } from '../image/index.ts';
import { ClientLeftError } from './errors.ts';
import type { ReadyModel } from './open-package.ts';
import type { Scheduler } from './scheduler.ts';
import { StageClock, type Timings } from './stage-clock.ts';
import type { ReportProgress, RunNetwork } from './translators/translator.ts';
import type { Urgency, WorkWatcher } from './work.ts';

/** A translation as the pipeline takes it: bytes in, wishes for the bytes out. */
export interface TranslationRequest {
  readonly model: Pick<ReadyModel, 'image' | 'translator' | 'networkKey'>;
  readonly image: Uint8Array;
  readonly format: OutputFormat;
  readonly quality: number | undefined;
  readonly size: SizeRequest;
  readonly urgency: Urgency;
  /** Called when the picture is decoded: its bytes are no longer needed. */
  readonly decoded?: () => void;
  /** Hears of its runs in the queue, and how far its translator has come. */
  readonly watcher?: TranslationWatcher | undefined;
  /** Fires when the client has left. */
  readonly signal: AbortSignal;
  /** Takes the times. Default: one of its own. */
  readonly clock?: StageClock;
}

export interface TranslationWatcher extends WorkWatcher {
  report: ReportProgress;
}

export interface Translation {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly timings: Timings;
}

export interface PipelineDependencies {
  readonly scheduler: Scheduler;
  readonly limits: { readonly maximumBytes: number; readonly maximumPixels: number };
}

/**
 * One request from bytes to bytes: admit, decode, preprocess, schedule, run, postprocess, encode. A place in the house
 * is taken before any work is done; each stage is timed once; between stages a client that has left is noticed.
 */
export async function translatePicture(
  {
    model,
    image,
    format,
    quality,
    size,
    urgency,
    decoded,
    watcher,
    signal,
    clock = new StageClock(),
  }: TranslationRequest,
  { scheduler, limits }: PipelineDependencies,
): Promise<Translation> {
  const { translator } = model;
  const permit = scheduler.admit(1, urgency);
  try {
    const { pixels, plan } = await clock.time('decode', () =>
      decodeForModel(image, { policy: model.image, size, limits }),
    );
    decoded?.();
    requirePresence(signal);
    const feeds = await clock.time('preprocess', () => translator.prepare(pixels));
    requirePresence(signal);
    const outputs = await translator.run(
      feeds,
      networkRunner({ model, scheduler, clock, urgency, watcher, signal }),
      (fraction) => watcher?.report(fraction),
    );
    requirePresence(signal);
    const translated = await clock.time('postprocess', async () =>
      cutAnswer(requireSize(await translator.finish(outputs), plan.network), plan),
    );
    requirePresence(signal);
    const bytes = await clock.time('encode', () =>
      encode(translated, quality === undefined ? { format } : { format, quality }),
    );
    requirePresence(signal);
    return { bytes, width: translated.width, height: translated.height, timings: clock.timings };
  } finally {
    permit.release();
  }
}

/** How a translator runs a network of its model: through the scheduler, with the times going to the clock. */
export function networkRunner(request: {
  model: TranslationRequest['model'];
  scheduler: Scheduler;
  clock: StageClock;
  urgency: Urgency;
  watcher?: WorkWatcher | undefined;
  signal: AbortSignal;
}): RunNetwork {
  const { model, scheduler, clock, urgency, watcher, signal } = request;
  return async (network, feeds) => {
    const maxBatch = model.translator.maxBatch(network);
    const result = await scheduler.run({
      ...urgency,
      network: model.networkKey(network),
      feeds,
      maxBatch,
      watcher,
      signal,
    });
    const end = performance.now();
    clock.add('queue', result.queueMilliseconds, end - result.runMilliseconds);
    clock.add('run', result.runMilliseconds, end);
    return result.outputs;
  };
}

/** A network that gives another size than it was given is a fault of the model, not of the request. */
function requireSize(output: Pixels, expected: Size): Pixels {
  if (output.width === expected.width && output.height === expected.height) return output;
  throw new InternalError(
    `the network gave ${output.width}x${output.height} for a picture of ${expected.width}x${expected.height}`,
  );
}

function requirePresence(signal: AbortSignal): void {
  if (signal.aborted) throw new ClientLeftError();
}
