import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../core/manifest.ts';
import { Random } from '../../core/random.ts';
import { temporaryFolder } from '../testing/sitting.ts';
import { identityPackage } from './fixtures/identity-package.ts';
import { nextVersion, writePackage } from './package.ts';

const program = fileURLToPath(new URL('./fixtures/write-packages.ts', import.meta.url));

async function writeAndKill(models: string, milliseconds: number): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, models], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exited]);
  await pause(milliseconds);
  child.kill('SIGKILL');
  expect(await exited).toEqual([null, 'SIGKILL']);
}

describe('writePackage', () => {
  it('leaves whole packages only, killed at any moment', async () => {
    const models = await temporaryFolder();
    const random = Random.of(2, 'kill');
    for (let kill = 0; kill < 3; kill++) await writeAndKill(models, random.uniform() * 20);
    const entries = await readdir(join(models, 'identity'));
    const versions = entries.filter((name) => !name.startsWith('.'));
    expect(versions.length).toBeGreaterThanOrEqual(3);
    for (const version of versions) {
      const path = join(models, 'identity', version);
      const manifest = parseManifest(await readFile(join(path, 'manifest.json'), 'utf8'), path);
      expect(manifest.version).toBe(version);
      expect((await stat(join(path, 'generator.onnx'))).size).toBe(manifest.networks.generator?.bytes);
      expect((await stat(join(path, 'preview.webp'))).size).toBe(identityPackage('1').preview.length);
    }
  });

  it('removes what killed exports have left, and not what others are writing', async () => {
    const models = await temporaryFolder();
    const [old, young] = ['.partial-old', '.partial-young'].map((name) => join(models, 'identity', name));
    for (const folder of [old, young]) await mkdir(folder as string, { recursive: true });
    await writeFile(join(old as string, 'generator.onnx'), 'half');
    const twoHoursAgo = Date.now() / 1000 - 7200;
    await utimes(old as string, twoHoursAgo, twoHoursAgo);
    await writePackage(models, identityPackage('1'));
    expect((await readdir(join(models, 'identity'))).sort()).toEqual(['.partial-young', '1']);
  });

  it('lets one of two that want the same version have it', async () => {
    const models = await temporaryFolder();
    const results = await Promise.allSettled([
      writePackage(models, identityPackage('1')),
      writePackage(models, identityPackage('1')),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [refusal] = results.filter((result) => result.status === 'rejected');
    expect(refusal?.reason).toMatchObject({ code: 'PACKAGE_EXISTS', status: 409 });
    expect(await readdir(join(models, 'identity'))).toEqual(['1']);
  });

  it('takes away the folder of a new name when it cannot be filled', async () => {
    const models = await temporaryFolder();
    const broken = { ...identityPackage('1'), preview: 5 as unknown as Uint8Array };
    await expect(writePackage(models, broken)).rejects.toThrow();
    expect(await readdir(models)).toEqual([]);
  });
});

describe('nextVersion', () => {
  it('is one more than the highest, whatever else is there', async () => {
    const models = await temporaryFolder();
    expect(await nextVersion(models, 'm')).toBe('1');
    for (const name of ['2', '10.3', 'notes', '.partial-99']) {
      await mkdir(join(models, 'm', name), { recursive: true });
    }
    expect(await nextVersion(models, 'm')).toBe('11');
  });
});
