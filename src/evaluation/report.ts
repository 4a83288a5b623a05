import type { Evaluation, Figure, Reading } from './figure.ts';
import { metrics } from './metrics.ts';

/** An evaluation with what a reader needs to judge and to repeat it; `--json` writes this. */
export interface EvaluationReport extends Evaluation {
  /** ISO 8601, in UTC. */
  readonly createdAt: string;
  readonly software: string;
  readonly command: string;
  readonly seed: number;
  /** What is compared, in words. */
  readonly subject: string;
  readonly pictures: { readonly translated: number; readonly target: number | undefined };
}

/** `FID (fid-inception, clean)`, `SSIM to the source`: what a number is, as it is always shown. */
export function figureLabel({ metric, against, extractor, resize, outputs, of: what }: Figure): string {
  const means = [extractor?.name, resize].filter((part) => part !== undefined);
  const by = means.length > 0 ? ` (${means.join(', ')})` : '';
  const to = against === 'source' || against === 'pair' ? ` to the ${against}` : '';
  const of = outputs === undefined ? '' : ` of ${outputs} outputs of a picture`;
  return `${metrics[metric].label}${by}${to}${of}${what === undefined ? '' : ` of ${what}`}`;
}

/** Rows of a table, its head first: translated and untranslated side by side, or one value where there is no source. */
export function reportRows({ figures }: Evaluation): string[][] {
  const baseline = figures.some(({ untranslated }) => untranslated !== undefined);
  const values = baseline ? ['TRANSLATED', 'UNTRANSLATED'] : ['VALUE'];
  const head = ['FIGURE', 'BETTER', ...values, 'PICTURES'];
  return [
    head,
    ...figures.map((figure) => [
      figureLabel(figure),
      figure.better,
      readingText(figure.translated),
      ...(baseline ? [figure.untranslated === undefined ? '-' : readingText(figure.untranslated)] : []),
      figure.translated.pictures === 0 ? '-' : String(figure.translated.pictures),
    ]),
  ];
}

/** Five significant digits; KID and its deviation beside each other. */
export function readingText({ value, deviation }: Reading): string {
  const text = (number: number) => (number === 0 ? '0' : Number(number.toPrecision(5)).toString());
  return deviation === undefined ? text(value) : `${text(value)} ± ${Number(deviation.toPrecision(2))}`;
}
