import { describe, expect, it } from 'vitest';
import { writePackage } from '../serving/testing/model-package.ts';
import { writeVectorQuantizedPackage } from '../serving/testing/vector-quantized-package.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

async function listing(...argv: string[]) {
  return captureProgram('models', ...argv);
}

describe('unpaired models', () => {
  it('lists every version of every model, newest first', async () => {
    const root = await temporaryFolder();
    await writePackage(root, { name: 'zebra', version: '1' });
    await writePackage(root, { name: 'zebra', version: '1.10' });
    await writePackage(root, { name: 'night', image: { width: 256, height: 128, flexible: false } });
    const { code, stdout } = await listing('--models', root);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'NAME   VERSION  METHOD  DOMAINS        SIZE           NETWORKS              STATE',
        'night  1        cut     light -> dark  256x128        generator (0.000 MB)  ok',
        'zebra  1.10     cut     light -> dark  16x16, or any  generator (0.000 MB)  ok',
        'zebra  1        cut     light -> dark  16x16, or any  generator (0.000 MB)  ok',
        '',
      ].join('\n'),
    );
  });

  it('shows which models translate into both domains', async () => {
    const root = await temporaryFolder();
    await writeVectorQuantizedPackage(root, { name: 'both' });
    expect((await listing('--models', root)).stdout).toContain('vq-i2i  light <-> dark  16x16, or any  ');
  });

  it('tells what is wrong with a package and lists the others', async () => {
    const root = await temporaryFolder();
    await writePackage(root, { name: 'good' });
    await writePackage(root, {
      name: 'altered',
      edit: (manifest) => {
        (manifest.networks.generator as { sha256: string }).sha256 = '0'.repeat(64);
      },
    });
    await writePackage(root, {
      name: 'strange',
      edit: (manifest) => Object.assign(manifest, { colour: 'blue' }),
    });
    const { code, stdout } = await listing('--models', root, '--json');
    expect(code).toBe(0);
    const models = JSON.parse(stdout) as {
      name: string;
      state: string;
      reason?: string;
      manifest?: object;
    }[];
    expect(models.map(({ name, state }) => [name, state])).toEqual([
      ['altered', 'failed'],
      ['good', 'ok'],
      ['strange', 'failed'],
    ]);
    expect(models[0]?.reason).toMatch(/sha256 [0-9a-f]{64}, the manifest says 0{64}/);
    expect(models[1]?.manifest).toMatchObject({ method: 'cut' });
    expect(models[2]?.reason).toContain('colour');
  });

  it('says so when there is no model', async () => {
    const root = await temporaryFolder();
    const { code, stdout, stderr } = await listing('--models', root, '--json');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '[]\n' });
    expect(stderr).toBe(`there is no model in ${root}\n`);
  });
});
