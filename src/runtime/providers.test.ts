import { describe, expect, it } from 'vitest';
import { chooseProvider, executionProviders, ProviderUnavailableError } from './providers.ts';

/** No machine has this card, so that the tests mean the same with CUDA installed and without. */
const absentDevice = 9999;

describe('chooseProvider', () => {
  it('runs on the cpu', async () => {
    expect(await chooseProvider('cpu')).toEqual({ provider: 'cpu' });
  });

  it('gives one line that says what to install when cuda is asked for by name and cannot run', async () => {
    const error = await chooseProvider('cuda', absentDevice).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProviderUnavailableError);
    const { message } = error as Error;
    expect(message).toMatch(/^provider cuda does not work here \(.+\); .+ CUDA 12 and cuDNN 9/);
    expect(message).not.toContain('\n');
  });

  it('falls back to the cpu on auto, and says why', async () => {
    const { provider, note } = await chooseProvider('auto', absentDevice);
    expect(provider).toBe('cpu');
    expect(note).toMatch(/^running on the CPU: provider cuda does not work here/);
  });

  it('decides once for the life of the process', () => {
    expect(chooseProvider('auto')).toBe(chooseProvider('auto'));
    expect(chooseProvider('auto', 1)).not.toBe(chooseProvider('auto', 0));
  });
});

describe('executionProviders', () => {
  it('hands the device to cuda, the only one that reads it', () => {
    expect(executionProviders('cuda', 1)).toEqual([{ name: 'cuda', deviceId: 1 }]);
    expect(executionProviders('cpu', 1)).toEqual(['cpu']);
    expect(executionProviders('webgpu', 1)).toEqual(['webgpu']);
  });
});
