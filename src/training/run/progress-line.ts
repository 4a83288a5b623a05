/** What the training loop tells after a step. */
export interface ProgressUpdate {
  /** Steps done since the start of the run. */
  readonly step: number;
  /** Counted from 1. */
  readonly epoch: number;
  readonly imagesPerSecond: number;
  readonly losses: Readonly<Record<string, number>>;
}

export interface ShownProgress extends ProgressUpdate {
  readonly totalSteps: number;
  /** Infinite or not a number while nobody knows. */
  readonly secondsLeft: number;
}

/** For a terminal: the losses come last, since a narrow one cuts the end. */
export function formatBarLine(bar: string, progress: ShownProgress | undefined): string {
  return progress === undefined ? `[${bar}] starting` : `[${bar}] ${formatPlainLine(progress)}`;
}

/** For instance `step 1200/4000 (30%)  epoch 2  3.42 images/s  ETA 13m 39s  gan 0.251  nce 4.02`. */
export function formatPlainLine(progress: ShownProgress): string {
  const { step, totalSteps, epoch, imagesPerSecond, secondsLeft, losses } = progress;
  const percent = totalSteps > 0 ? Math.floor((100 * step) / totalSteps) : 100;
  return [
    `step ${step}/${totalSteps} (${percent}%)`,
    `epoch ${epoch}`,
    `${threeDigits(imagesPerSecond)} images/s`,
    `ETA ${formatDuration(secondsLeft)}`,
    ...Object.entries(losses).map(([name, value]) => `${name} ${threeDigits(value)}`),
  ].join('  ');
}

/** The two largest units: `2d 3h`, `5h 12m`, `3m 20s`, `12s`; `?` for what is not finite. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.round(seconds);
  const [minutes, hours, days] = [
    Math.floor(whole / 60),
    Math.floor(whole / 3600),
    Math.floor(whole / 86_400),
  ];
  if (days > 0) return `${days}d ${hours % 24}h`;
  if (hours > 0) return `${hours}h ${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m ${whole % 60}s` : `${whole}s`;
}

/** Three significant digits; long numbers in exponential form, so that the line keeps its length. */
function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 100_000)) return value.toExponential(2);
  return size >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
