import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { encode } from '../image/index.ts';
import { torchFile } from '../training/import/fixtures/generator-weights.ts';
import { behind, drawnFirstStage, drawnPrior } from '../training/import/fixtures/vq-weights.ts';
import { trialPicture } from '../training/import/trial.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

it("makes one package of VQ-I2I's two checkpoints and of pictures to take styles of", async () => {
  const folder = await temporaryFolder();
  const at = (name: string) => path.join(folder, name);
  await writeFile(at('settingc_latest.pt'), torchFile({ model_state_dict: drawnFirstStage() }));
  const prior = behind('transformer.', drawnPrior());
  await writeFile(at('n_700.pt'), torchFile({ model_state_dict: prior }));
  const pictures = await temporaryFolder();
  const png = await encode(trialPicture({ width: 16, height: 16 }), { format: 'png' });
  await writeFile(path.join(pictures, 'winter.png'), png);
  const models = await temporaryFolder();
  const given = ['--prior', at('n_700.pt'), '--styles-target', pictures, '--set', 'prior.heads=4'];
  const { code, stdout, stderr } = await captureProgram(
    ...['import', at('settingc_latest.pt'), '--name', 'seasons', '--models', models, ...given],
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('recognised: kind=vq-i2i channels=32 multipliers=[1,1,2] ');
  expect(stderr).toContain('prior.heads=4 ');
  expect(stdout).toBe(`${path.join(models, 'seasons', '1')}\n`);
});
