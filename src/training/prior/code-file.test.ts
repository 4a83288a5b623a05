import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { float32, int64 } from '../../core/tensor.ts';
import type { PriorConfig } from '../config/prior.ts';
import { drawDataset } from '../testing/dataset.ts';
import { temporaryFolder } from '../testing/sitting.ts';
import { tinyFirstStage, tinyPriorConfig } from '../testing/tiny-first-stage.ts';
import { CodeFileError, readCodeFile, writeCodeFile } from './code-file.ts';

const file = {
  codes: { A: int64([1, 1, 2], [3, 4]), B: int64([2, 1, 2], [5, 6, 7, 0]) },
  weights: new Map([['encoder.weight', float32([2], [0.5, -1])]]),
};

let config: PriorConfig;
let path = '';
beforeAll(async () => {
  const data = await drawDataset(await temporaryFolder());
  config = await tinyPriorConfig(await tinyFirstStage(await temporaryFolder(), data));
  path = join(await temporaryFolder(), 'codes.safetensors');
  await writeCodeFile(path, config, file);
});

describe('the file of codes', () => {
  it('gives back what was written', async () => {
    expect(await readCodeFile(path, config)).toEqual(file);
  });

  it('keeps what is held out beside the rest', async () => {
    const styles = float32([1, 2], [0.25, 1]);
    const heldOut = { A: { codes: int64([1, 1, 2], [1, 2]), styles }, B: { codes: file.codes.A, styles } };
    const other = `${path}.held-out`;
    await writeCodeFile(other, config, { ...file, heldOut });
    expect(await readCodeFile(other, config)).toEqual({ ...file, heldOut });
  });

  it('is not there before it is written', async () => {
    expect(await readCodeFile(`${path}.other`, config)).toBeUndefined();
  });

  it('is of the settings that decide the codes, and of no others', async () => {
    expect(await readCodeFile(path, { ...config, batchSize: 7 })).toEqual(file);
    const firstStage = { ...config.firstStage, sha256: '0'.repeat(64) };
    for (const changes of [{ seed: 9 }, { cuts: 2 }, { flip: false }, { firstStage }]) {
      await expect(readCodeFile(path, { ...config, ...changes })).rejects.toThrow('its settings are others');
    }
  });

  it('is refused when it is damaged', async () => {
    const damaged = `${path}.damaged`;
    await writeFile(damaged, 'no codes');
    await expect(readCodeFile(damaged, config)).rejects.toThrow(CodeFileError);
    await expect(readCodeFile(damaged, config)).rejects.toThrow('without it, it is computed anew');
  });
});
