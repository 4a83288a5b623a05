import cliProgress from 'cli-progress';
import { formatBarLine, formatPlainLine, type ProgressUpdate, type ShownProgress } from './progress-line.ts';
import { monotonicSeconds, Throughput } from './throughput.ts';

/** Shows on stderr how training goes. Standard output is left to results. */
export interface Progress {
  update(update: ProgressUpdate): void;
  /** Prints a line of its own, above the bar where there is one. */
  message(line: string): void;
  /** Shows the last state once more as a plain line and gives the terminal back. */
  stop(): void;
}

export interface ProgressOptions {
  /** Steps of the whole run. */
  readonly totalSteps: number;
  /** Steps done by earlier sittings. */
  readonly resumedStep?: number;
  /** Default: stderr. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Where there is no terminal: seconds between lines. */
  readonly plainLineSeconds?: number;
  /** A clock in seconds that never goes back. */
  readonly now?: () => number;
}

/** A bar that redraws itself where the stream is a terminal, otherwise a line now and then. No colours in either. */
export function openProgress(options: ProgressOptions): Progress {
  const { totalSteps, resumedStep = 0, stream = process.stderr, plainLineSeconds = 30 } = options;
  const now = options.now ?? monotonicSeconds;
  const display =
    stream.isTTY === true && process.env.TERM !== 'dumb'
      ? barDisplay(stream, totalSteps, resumedStep)
      : plainDisplay(stream, plainLineSeconds, now);
  const steps = new Throughput({ now });
  let last: ShownProgress | undefined;
  return {
    update: (update) => {
      steps.add(update.step - (last?.step ?? resumedStep));
      last = { ...update, totalSteps, secondsLeft: (totalSteps - update.step) / steps.perSecond() };
      display.show(last);
    },
    message: (line) => display.message(line),
    stop: () => display.stop(last),
  };
}

interface Display {
  show(progress: ShownProgress): void;
  message(line: string): void;
  stop(last: ShownProgress | undefined): void;
}

function plainDisplay(stream: NodeJS.WritableStream, everySeconds: number, now: () => number): Display {
  let shownAt = Number.NEGATIVE_INFINITY;
  let shown: ShownProgress | undefined;
  const print = (progress: ShownProgress) => {
    [shown, shownAt] = [progress, now()];
    stream.write(`${formatPlainLine(progress)}\n`);
  };
  return {
    show: (progress) => {
      if (now() - shownAt >= everySeconds) print(progress);
    },
    message: (line) => stream.write(`${line}\n`),
    stop: (last) => {
      if (last !== undefined && last !== shown) print(last);
    },
  };
}

/**
 * The bar gives its line up while a message is printed and is then started anew below: it remembers a place on the
 * screen, which scrolling would make a wrong one.
 */
function barDisplay(stream: NodeJS.WritableStream, totalSteps: number, resumedStep: number): Display {
  const bar = new cliProgress.SingleBar({
    stream,
    format: (options, params, payload: { shown?: ShownProgress }) =>
      formatBarLine(cliProgress.Format.BarFormat(params.progress, options), payload.shown),
    barsize: 24,
    fps: 4,
    clearOnComplete: true,
    // Ctrl-C belongs to the training loop, which saves first.
    gracefulExit: false,
  });
  let shown: ShownProgress | undefined;
  const start = () => bar.start(totalSteps, shown?.step ?? resumedStep, { shown });
  start();
  return {
    show: (progress) => {
      shown = progress;
      bar.update(progress.step, { shown });
    },
    message: (line) => {
      bar.stop();
      stream.write(`${line}\n`);
      start();
    },
    stop: (last) => {
      bar.stop();
      if (last !== undefined) stream.write(`${formatPlainLine(last)}\n`);
    },
  };
}
