import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCases, MalformedCaseError, readDeclaration } from './case-folder.ts';
import { copyOf, editCase, fixture, temporaryFolders } from './testing/case-copies.ts';

const temporary = temporaryFolders();

describe('finding cases', () => {
  it('takes a case, a folder of cases and a folder of such folders', () => {
    const top = temporary();
    const [one, two] = ['b', 'a'].map((set) => copyOf('C_imagepool', join(top, set))) as [string, string];
    expect(findCases(one)).toEqual([one]);
    expect(findCases(join(top, 'b'))).toEqual([one]);
    expect(findCases(top)).toEqual([two, one]);
  });

  it('follows links, and passes over files and links to nowhere', () => {
    const top = temporary();
    symlinkSync(fixture('C_imagepool'), join(top, 'linked'));
    symlinkSync(join(top, 'nowhere'), join(top, 'broken'));
    writeFileSync(join(top, 'INDEX.md'), '');
    expect(findCases(top)).toEqual([join(top, 'linked')]);
  });

  it('finds nothing in a folder without cases, and does not search the whole disk', () => {
    const top = temporary();
    mkdirSync(join(top, 'a', 'b', 'c'), { recursive: true });
    writeFileSync(join(top, 'a', 'b', 'c', 'case.json'), '{}');
    expect(findCases(top)).toEqual([]);
  });

  it('says that a folder is none', () => {
    const top = temporary();
    expect(() => findCases(join(top, 'missing'))).toThrow('missing is not a folder');
    expect(() => findCases(join(fixture('C_imagepool'), 'case.json'))).toThrow(MalformedCaseError);
  });
});

describe('a declaration', () => {
  it('is read with what a case may leave out', () => {
    const folder = copyOf('C_imagepool', temporary());
    editCase(folder, (declaration) => {
      Object.assign(declaration, { weights: undefined, notes: undefined, constructor_args: undefined });
    });
    expect(readDeclaration(folder)).toMatchObject({ weights: [], notes: '', constructor_args: {} });
  });

  it('that is not JSON is refused', () => {
    const folder = temporary();
    writeFileSync(join(folder, 'case.json'), '{"name": ');
    expect(() => readDeclaration(folder)).toThrow(/case\.json is not JSON/);
  });

  it('is refused with every field at fault', () => {
    const folder = copyOf('C_ganloss', temporary());
    editCase(folder, (declaration) => {
      Object.assign(declaration, { class_or_function: 7 });
      Object.assign(declaration.outputs[0] ?? {}, { shape: [-1] });
    });
    expect(() => readDeclaration(folder)).toThrow(/class_or_function: .*outputs\.0\.shape\.0: /);
  });

  it('may not name files elsewhere', () => {
    const folder = copyOf('C_ganloss', temporary());
    editCase(folder, ({ outputs }) => Object.assign(outputs[0] ?? {}, { file: '../secret.bin' }));
    expect(() => readDeclaration(folder)).toThrow('a file beside case.json');
  });
});
