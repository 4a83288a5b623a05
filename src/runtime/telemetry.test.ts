import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** What a program of ours leaves in its home and temporary folder; tsx caches its own compiling there and is told not to. */
function leftBy(script: string): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'unpaired-telemetry-'));
  // ONNX Runtime is silent by itself where it sees a build machine.
  const { PATH = '' } = process.env;
  try {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script],
      {
        cwd: fileURLToPath(new URL('.', import.meta.url)),
        env: { PATH, HOME: folder, TMPDIR: folder, TSX_DISABLE_CACHE: '1' },
        encoding: 'utf8',
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (file) => !file.startsWith('tsx-'),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('ONNX Runtime', () => {
  it.each([
    [
      'in this process',
      `const { chooseProvider } = await import('./providers.ts'); await chooseProvider('cpu');`,
    ],
    [
      'in a lane',
      `const { Lane } = await import('./lane.ts');
       const lane = await Lane.start({ index: 0, provider: 'cpu', threads: 1 });
       await lane.close();`,
    ],
  ])('leaves no trace of telemetry, %s', (_where, script) => {
    expect(leftBy(script)).toEqual([]);
  });
});
