import { type EvaluationReport, reportRows } from './report.ts';

const heading = '## Evaluation';
/** Sections of a card that come after the evaluation. */
const following = /^## (?:Limits|How it was made)$/m;

/**
 * The card with this evaluation in it: in place of the one that is there, or else before the limits, or at the end.
 * @param card content of CARD.md
 */
export function cardWithEvaluation(card: string, report: EvaluationReport): string {
  const section = sectionOf(report);
  const start = card.split('\n').indexOf(heading);
  if (start >= 0) {
    const lines = card.split('\n');
    const end = lines.findIndex((line, at) => at > start && line.startsWith('## '));
    const after = end < 0 ? [] : lines.slice(end);
    return [...lines.slice(0, start), ...section.split('\n'), ...after].join('\n');
  }
  const next = following.exec(card);
  if (next !== null) return `${card.slice(0, next.index)}${section}\n${card.slice(next.index)}`;
  return `${card.trimEnd()}\n\n${section}`;
}

function sectionOf(report: EvaluationReport): string {
  const [head = [], ...rows] = reportRows(report);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [
    line(head.map((cell) => cell.toLowerCase())),
    line(head.map(() => '---')),
    ...rows.map(line),
  ];
  const extractors = new Map(
    report.figures.flatMap(({ extractor }) => (extractor ? [[extractor.name, extractor.sha256]] : [])),
  );
  const networks = [...extractors].map(([name, sha256]) => `\`${name}\` has sha256 \`${sha256}\`.`);
  return [
    heading,
    '',
    `${report.subject}. Computed on ${report.createdAt.slice(0, 10)} by ${report.software}, seed ${report.seed}. The column "untranslated" is what the source pictures score as they are: content metrics are best for those by definition.`,
    '',
    ...table,
    '',
    ...(networks.length > 0 ? [networks.join(' '), ''] : []),
    '```sh',
    report.command,
    '```',
    '',
  ].join('\n');
}
