import { valueText } from '../core/number-text.ts';
import { figureLabel, readingText, type SweepPoint, sweptSettings } from '../evaluation/index.ts';

/** Rows of a table, its head first: what the untranslated pictures have, then each combination of settings. */
export function sweepRows(points: readonly SweepPoint[]): string[][] {
  const figures = points[0]?.figures ?? [];
  const head = [...sweptSettings, 'steps'].map((name) => name.toUpperCase());
  const untranslated = figures.map(({ untranslated }) =>
    untranslated === undefined ? '-' : readingText(untranslated),
  );
  return [
    [...head, ...figures.map(figureLabel)],
    ['untranslated', '-', '-', '-', ...untranslated],
    ...points.map(({ settings, figures: own }) => [
      ...sweptSettings.map((setting) => valueText(settings[setting])),
      String(settings.steps),
      ...own.map(({ translated }) => readingText(translated)),
    ]),
  ];
}
