import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ExtractorError } from '../core/extractor.ts';
import { Random } from '../core/random.ts';
import { initializeNetwork } from '../nn/initialize.ts';
import { lpips } from '../nn/networks/lpips.ts';
import { describeNetwork } from '../nn/sources.ts';
import { parseTrainingConfig } from './config/index.ts';
import { frozenWeights } from './frozen-weights.ts';
import { lpipsExtractor } from './import-extractor/lpips-extractor.ts';
import { writeExtractor } from './import-extractor/write-extractor.ts';
import { temporaryFolder } from './testing/sitting.ts';

const configOf = (perceptual: string | null) =>
  parseTrainingConfig({ method: 'vq-i2i', data: 'photos', options: { perceptual } });

const weights = initializeNetwork(
  describeNetwork((scope) => {
    const picture = (name: string) => scope.graph.input(name, 'float32', [1, 3, 16, 16]);
    return lpips({ widths: [1, 2, 1, 2, 1] }).forward(scope, picture('x'), picture('y'));
  }),
  { type: 'normal', gain: 1 },
  Random.of(5),
);

it('are none where the settings name no extractor', async () => {
  expect(await frozenWeights(configOf(null))).toEqual(new Map());
  expect(await frozenWeights(parseTrainingConfig({ method: 'cut', data: 'photos' }))).toEqual(new Map());
});

it('are those of the LPIPS extractor that the settings name', async () => {
  const root = await temporaryFolder();
  const provenance = {
    createdAt: '2026-01-01T00:00:00Z',
    software: 'test',
    sources: [{ file: 'a', sha256: 'a'.repeat(64) }],
  };
  await writeExtractor(root, lpipsExtractor('vgg16', [weights]), { name: 'narrow', provenance });
  const frozen = await frozenWeights(configOf(join(root, 'narrow')));
  for (const [name, tensor] of weights) expect(frozen.get('perceptual')?.get(name), name).toEqual(tensor);
});

it('are missed where there is no such extractor', async () => {
  const folder = join(await temporaryFolder(), 'none');
  await expect(frozenWeights(configOf(folder))).rejects.toThrow(ExtractorError);
});
