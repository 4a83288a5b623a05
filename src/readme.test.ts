import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { metrics } from './evaluation/index.ts';
import { configSchema } from './serving/config.ts';
import { metricTable } from './serving/metric-table.ts';
import { problemTable } from './serving/problem-table.ts';
import { trainableMethods } from './training/config/index.ts';

/** The tables of README and REFERENCE say what the code does: each is compared, row by row, with what the code works with. */

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = path.join(root, 'src');
const readText = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** Rows of the first table below a heading of a page, without its two head rows. */
function tableBelow(file: string, heading: string): string[] {
  const text = readText(file);
  const [, ...lines] = text.slice(text.indexOf(`\n${heading}\n`) + 1).split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end);
}

const row = (...cells: readonly unknown[]) => `| ${cells.join(' | ')} |`;
const code = (text: unknown) => `\`${text}\``;

function configurationRows(): string[] {
  return Object.entries(configSchema.shape).map(([name, field]) =>
    row(code(name), code(field.parse(undefined)), field.description),
  );
}

function problemRows(): string[] {
  return Object.entries(problemTable).map(([name, { status, meaning }]) => row(code(name), status, meaning));
}

function metricRows(): string[] {
  return Object.values(metricTable).map(({ name, type, labels, help }) =>
    row(code(name), type, labels.map(code).join(', '), help),
  );
}

describe('REFERENCE', () => {
  it('lists every variable of the configuration with its default', () => {
    expect(tableBelow('REFERENCE.md', '## Configuration')).toEqual(configurationRows());
  });

  it('lists every problem that the service answers with', () => {
    expect(tableBelow('REFERENCE.md', '## Errors')).toEqual(problemRows());
  });

  it('lists every metric', () => {
    expect(tableBelow('REFERENCE.md', '## Metrics')).toEqual(metricRows());
  });
});

describe('README', () => {
  it('lists every training method', () => {
    const listed = tableBelow('README.md', '### Methods').map((line) => /^\| `([^`]+)` \|/.exec(line)?.[1]);
    expect(listed.sort()).toEqual([...trainableMethods].sort());
  });

  it('lists every figure of an evaluation', () => {
    const rows = Object.entries(metrics).map(([name, { better, meaning }]) =>
      row(code(name), better, meaning),
    );
    expect(tableBelow('README.md', '## Evaluate')).toEqual(rows);
  });

  it('describes every folder of src, and no other', () => {
    const described = tableBelow('README.md', '## Code organisation').map(
      (line) => /^\| `([^`]+)` \|/.exec(line)?.[1],
    );
    const folders = readdirSync(sources, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(described.sort()).toEqual(folders.map(({ name }) => name).sort());
  });
});

describe.each(['README.md', 'REFERENCE.md', 'CONTRIBUTING.md'])('%s', (file) => {
  const text = readText(file);

  it('names scripts that are there', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm (?:run (?:-s )?([a-z]+)|(start|test))\b/g)].map(
      (match) => match[1] ?? match[2],
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !((name as string) in scripts))).toEqual([]);
  });

  it('links to files that are there', () => {
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target as string);
    expect(
      links.filter(
        (target) => !readdirSync(path.dirname(path.join(root, target))).includes(path.basename(target)),
      ),
    ).toEqual([]);
  });

  it('links to headings that are there', () => {
    const links = [...text.matchAll(/\]\(([^)#:]*)#([^)]+)\)/g)];
    const missing = links.filter(([, target, anchor]) => {
      const page = path.join(path.dirname(file), target || path.basename(file));
      return !anchorsOf(readText(page)).includes(anchor as string);
    });
    expect(missing.map(([link]) => link)).toEqual([]);
  });
});

/** What links call the headings of a page. */
function anchorsOf(page: string): string[] {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading as string);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
