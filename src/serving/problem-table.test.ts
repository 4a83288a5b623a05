import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { problemTable, problemTitle, problemType } from './problem-table.ts';

/** Codes that stop a service from starting, or that nobody is left to read: never in an answer. */
const neverAnswered = new Set([
  'API_KEYS_INVALID',
  'CLIENT_LEFT',
  'CONFIG_INVALID',
  'MODEL_PACKAGE_INVALID',
  'MODEL_UNSUITABLE',
  'MODEL_NOT_OPEN',
  'OUTPUT_FORMAT_UNSUPPORTED',
  'PROVIDER_UNAVAILABLE',
]);

const sources = path.resolve(import.meta.dirname, '..');

/** Codes as the source spells them, of every folder that a request passes through; variables of a config are none. */
function codesInSource(): Set<string> {
  const codes = new Set<string>();
  for (const folder of ['serving', 'image', 'runtime']) {
    const files = readdirSync(path.join(sources, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))) {
      const text = readFileSync(path.join(sources, folder, file), 'utf8');
      for (const [, code] of text.matchAll(
        /(?:code: |(?<!Config), )'([A-Z]+(?:_[A-Z]+)+|OVERLOADED|STOPPING|INTERNAL)'/g,
      )) {
        if (code !== undefined && !/^(ECONN|ERR_|HPE_|FST_)/.test(code)) codes.add(code);
      }
    }
  }
  return codes;
}

it('every code that an answer can carry is in the table, and no other', () => {
  const inSource = [...codesInSource()].filter((code) => !neverAnswered.has(code));
  // Thrown by core, for which no file here spells the code.
  const expected = [...new Set([...inSource, 'INTERNAL', 'INVALID_ARGUMENT'])];
  expect(expected.sort()).toEqual(Object.keys(problemTable).sort());
});

it('types and titles follow from codes', () => {
  expect(problemType('IMAGE_TOO_LARGE')).toBe('/problems/image-too-large');
  expect(problemTitle('IMAGE_TOO_LARGE')).toBe('Image too large');
});
