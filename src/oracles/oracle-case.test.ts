import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDeclaration } from './case-folder.ts';
import { inputOf, loadCase } from './oracle-case.ts';
import { copyOf, editCase, temporaryFolders } from './testing/case-copies.ts';

const temporary = temporaryFolders();
const load = (folder: string) => loadCase(folder, readDeclaration(folder));

describe('a case', () => {
  it('has its tensors with their types and shapes', () => {
    const oracle = load(copyOf('C_imagepool', temporary()));
    expect(inputOf(oracle, 'uniform')).toMatchObject({ dtype: 'float32', dims: [12] });
    expect(oracle.expected[0]?.tensor).toMatchObject({ dtype: 'int64', dims: [12, 1] });
  });

  it('says which inputs it has when another is asked for', () => {
    const oracle = load(copyOf('C_imagepool', temporary()));
    expect(() => inputOf(oracle, 'x')).toThrow('C_imagepool has no input "x"; it has uniform, slots');
  });

  it('with a missing or a cut file is malformed', () => {
    const folder = copyOf('C_imagepool', temporary());
    truncateSync(join(folder, 'in_uniform.bin'), 40);
    expect(() => load(folder)).toThrow('in_uniform.bin has 40 bytes, float32[12] has 48');
    rmSync(join(folder, 'in_uniform.bin'));
    expect(() => load(folder)).toThrow(/cannot read .*in_uniform\.bin/);
  });

  it('of an unknown element type is malformed', () => {
    const folder = copyOf('C_imagepool', temporary());
    editCase(folder, ({ inputs }) => Object.assign(inputs[0] ?? {}, { dtype: 'toString' }));
    expect(() => load(folder)).toThrow(
      'in_uniform.bin has the element type toString, expected one of float32, float64, int64',
    );
  });
});

describe('weights', () => {
  it('are those of the network that is asked for', () => {
    const oracle = load(copyOf('B_pixel', temporary()));
    expect([...oracle.weights('D').keys()].slice(0, 2)).toEqual(['net.0.weight', 'net.0.bias']);
    expect(() => oracle.weights('G')).toThrow('the case has no weights for the network G');
  });

  it('in several files must be the same', () => {
    const folder = copyOf('B_pixel', temporary());
    const again = (bytes: Buffer) => writeFileSync(join(folder, 'again.pth'), bytes);
    editCase(folder, ({ weights }) => weights.push({ file: 'again.pth', net: 'D' }));
    again(readFileSync(join(folder, 'weights.pth')));
    expect(load(folder).weights('D').size).toBe(6);
    again(readFileSync(join(copyOf('C_patchsample_mlp', temporary()), 'weights.pth')));
    expect(() => load(folder).weights('D')).toThrow('weights.pth and again.pth hold different net.0.weight');
  });
});
