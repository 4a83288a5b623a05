import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** The cases that the project keeps. */
export const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));

export function fixture(name: string): string {
  return join(fixtures, name);
}

/** Folders that are removed when the tests of the file have run. */
export function temporaryFolders(): () => string {
  const made: string[] = [];
  afterAll(() => {
    for (const folder of made) rmSync(folder, { recursive: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'oracles-'));
    made.push(folder);
    return folder;
  };
}

/** A copy of a fixture to damage, in a folder of its own. @returns the path of the copy */
export function copyOf(name: string, parent: string): string {
  const copy = join(parent, name);
  cpSync(fixture(name), copy, { recursive: true });
  return copy;
}

/** Parsed `case.json` of a copy, as loosely typed as a test that damages it needs. */
export type EditableCase = {
  class_or_function: string;
  constructor_args: Record<string, unknown>;
  notes: string;
  weights: { file: string; net: string }[];
  outputs: Record<string, unknown>[];
  inputs: Record<string, unknown>[];
};

export function editCase(folder: string, edit: (declaration: EditableCase) => void): void {
  const path = join(folder, 'case.json');
  const declaration = JSON.parse(readFileSync(path, 'utf8')) as EditableCase;
  edit(declaration);
  writeFileSync(path, JSON.stringify(declaration));
}

/** Changes the float32 at `index` of a file. */
export function changeFloat(path: string, index: number, change: (value: number) => number): void {
  const bytes = readFileSync(path);
  bytes.writeFloatLE(change(bytes.readFloatLE(4 * index)), 4 * index);
  writeFileSync(path, bytes);
}
