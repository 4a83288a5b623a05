import { figureLabel, readingText } from '../../src/evaluation/index.ts';
import { formatTable } from '../table.ts';
import type { MethodResult } from './method-check.ts';
import type { MethodsMeasurement } from './methods-benchmark.ts';

/** The measurement as people read it. */
export function methodsReport({ steps, size, filters, results }: MethodsMeasurement): string {
  const head = ['method', 'steps', 'steps/s', 'preview change', 'models', 'result'];
  return [
    `methods: ${steps} steps of ${size}x${size}, ${filters} filters; stopped half-way, resumed, exported, evaluated, served\n`,
    formatTable([head, ...results.map(methodRow)]),
    formatTable([['loss, mean of first and last tenth', 'first', 'last'], ...results.flatMap(lossRows)]),
    formatTable([
      ['model', 'figure', 'better', 'translated', 'untranslated'],
      ...results.flatMap(figureRows),
    ]),
    ...results.flatMap(({ method, faults }) => faults.map((fault) => `${method}: ${fault}\n`)),
  ].join('\n');
}

function methodRow({ method, steps, stepsPerSecond, previews, models, faults }: MethodResult): string[] {
  return [
    method,
    String(steps),
    stepsPerSecond.toFixed(2),
    previews.map(({ change }) => change.toFixed(1)).join(', '),
    models.join(', '),
    faults.length === 0 ? 'ok' : 'FAILED',
  ];
}

function figureRows({ figures }: MethodResult): string[][] {
  return figures.flatMap(({ model, figures: each }) =>
    each.map((figure) => [
      model,
      figureLabel(figure),
      figure.better,
      readingText(figure.translated),
      figure.untranslated === undefined ? '-' : readingText(figure.untranslated),
    ]),
  );
}

function lossRows({ method, losses }: MethodResult): string[][] {
  return losses.map(({ name, first, last }) => [`${method} ${name}`, first.toFixed(3), last.toFixed(3)]);
}
