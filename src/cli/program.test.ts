import { describe, expect, it } from 'vitest';
import { captureProgram } from './testing/captured-program.ts';

describe('unpaired', () => {
  it('shows every command and examples on --help, as a result', async () => {
    const { code, stdout, stderr } = await captureProgram('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of [
      'train',
      'runs',
      'report',
      'export',
      'import',
      'serve',
      'translate',
      'datasets',
      'models',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
    expect(stdout).toContain('unpaired translate horse2zebra horse.jpg');
  });

  it.each(['train', 'runs', 'report', 'export', 'import', 'serve', 'translate', 'datasets', 'models'])(
    'has help with an example for %s',
    async (name) => {
      const { code, stdout } = await captureProgram(name, '--help');
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`Examples?:\n(?:.*\n)*? +(?:\\w+=\\S+ )*unpaired ${name}`));
      expect((await captureProgram('help', name)).stdout).toBe(stdout);
    },
  );

  it('prints its version', async () => {
    const { code, stdout } = await captureProgram('--version');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [[], 'Usage: unpaired'],
    [['transalte'], "unknown command 'transalte'"],
    [['translate', 'horse2zebra'], "missing required argument 'pictures'"],
    [['models', '--colour'], "unknown option '--colour'"],
    [['datasets', 'emoji', 'folder', '--size', '7'], 'Expected a whole number from 8 to 1024'],
    [['translate', 'm', 'p', '--format', 'bmp'], 'Allowed choices are png, jpeg, webp, avif'],
    [['translate', 'm', 'p', '--quality', '101'], 'Expected a whole number from 1 to 100'],
    [['translate', 'm', 'p', '--threads', '1.5'], 'Expected a whole number from 1 to 256'],
  ])('exits 2 when it is called wrongly: %j', async (argv, message) => {
    const { code, stdout, stderr } = await captureProgram(...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('tells a failure in one line and exits 1', async () => {
    const { code, stdout, stderr } = await captureProgram('models', '--models', 'no/such/folder');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^unpaired: .*no\/such\/folder.*\n$/);
  });

  it('shows where a failure comes from only when it is asked', async () => {
    const { code, stderr } = await captureProgram('models', '--models', 'no/such/folder', '--verbose');
    expect(code).toBe(1);
    expect(stderr).toMatch(/\n {4}at .*model-folder\.ts/);
    expect(stderr).toContain('caused by Error: ENOENT');
  });
});
