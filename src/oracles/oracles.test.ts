import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runOracles } from './oracles.ts';
import { changeFloat, copyOf, editCase, fixture, temporaryFolders } from './testing/case-copies.ts';

const temporary = temporaryFolders();

async function run(...folders: string[]): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const code = await runOracles(folders, (line) => lines.push(line));
  return { code, lines };
}

describe('a run over folders of cases', () => {
  it('judges each on a line and exits 0', async () => {
    const { code, lines } = await run(fixture('C_imagepool'), fixture('C_patchnce_cut'));
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^ok {9}C_imagepool /);
    expect(lines[1]).toMatch(/^ok {9}C_patchnce_cut .*worst error 0\.\d+ of its tolerance \(/);
    expect(lines.at(-1)).toBe('2 cases judged: 2 ok, 0 failed');
  });

  it('exits 1 when one fails, and goes on behind it', async () => {
    const set = temporary();
    const damaged = copyOf('C_ganloss', set);
    copyOf('C_imagepool', set);
    changeFloat(join(damaged, 'out_losses.bin'), 0, () => 5);
    const { code, lines } = await run(set);
    expect(code).toBe(1);
    expect(lines[0]).toMatch(/^FAILED .*C_ganloss .*losses \(1 of 13 outputs\)$/);
    expect(lines[2]).toMatch(/^ok .*C_imagepool/);
  });

  it('lists classes that are not known yet, which are no failures', async () => {
    const set = temporary();
    copyOf('C_imagepool', set);
    const other = copyOf('C_patchsample_mlp', set);
    editCase(other, (declaration) => {
      declaration.class_or_function = "define_F(netF='strided_conv') -> StridedConvF";
    });
    const { code, lines } = await run(set);
    expect(code).toBe(0);
    expect(lines).toContain("  C_patchsample_mlp: define_F(netF='strided_conv') -> StridedConvF");
    expect(await run(other)).toMatchObject({ code: 2 });
  });

  it('does not take one network for another of the same function', async () => {
    const folder = copyOf('B_pixel', temporary());
    editCase(folder, ({ constructor_args: given }) => Object.assign(given, { netD: 'stylegan2' }));
    const { code, lines } = await run(folder);
    expect(code).toBe(2);
    expect(lines).toContain('  B_pixel: define_D -> NLayerDiscriminator / PixelDiscriminator [stylegan2]');
  });

  it('exits 2 and says so when there is nothing to judge', async () => {
    const empty = temporary();
    const { code, lines } = await run(empty);
    expect(code).toBe(2);
    expect(lines[0]).toBe(`${empty} holds no case: no case.json in it or in a folder below`);
    expect(lines.at(-1)).toBe('No case could be judged.');
    expect(await run(empty, fixture('C_imagepool'))).toMatchObject({ code: 2 });
  });

  it('exits 2 when a folder does not exist or is not a case, and judges the others', async () => {
    const both = await run(join(temporary(), 'missing'), fixture('C_imagepool'));
    expect(both.code).toBe(2);
    expect(both.lines[0]).toMatch(/missing is not a folder$/);
    expect(both.lines[1]).toMatch(/^ok /);
    const set = temporary();
    writeFileSync(join(copyOf('B_pixel', set), 'case.json'), 'no JSON');
    copyOf('C_imagepool', set);
    const { code, lines } = await run(set);
    expect(code).toBe(2);
    expect(lines[0]).toMatch(/^malformed .*case\.json is not JSON/);
    expect(lines[1]).toMatch(/^ok /);
  });

  it('explains itself', async () => {
    expect(await run()).toMatchObject({ code: 2 });
    const { code, lines } = await run('--help');
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^Usage: npm run oracles/);
  });
});
