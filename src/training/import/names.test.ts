import { expect, it } from 'vitest';
import { guessNames } from './names.ts';

it.each([
  [
    'checkpoints/horse2zebra_cyclegan/latest_net_G_A.pth',
    undefined,
    'horse2zebra_cyclegan',
    'horse',
    'zebra',
  ],
  [
    'checkpoints/horse2zebra_cyclegan/latest_net_G_B.pth',
    undefined,
    'zebra2horse_cyclegan',
    'zebra',
    'horse',
  ],
  ['checkpoints/Cat Dog/200_net_G.pth', undefined, 'cat-dog', 'A', 'B'],
  ['checkpoints/faces/latest_net_G_B.pth', undefined, 'faces', 'B', 'A'],
  ['downloads/monet2photo.pth', undefined, 'monet2photo', 'monet', 'photo'],
  ['latest_net_G_B.pth', 'zebra2horse', 'zebra2horse', 'zebra', 'horse'],
  ['summer2winter_512/settingc_latest.pt', undefined, 'summer2winter_512', 'summer', 'winter'],
  ['summer2winter_512/n_700.pt', undefined, 'summer2winter_512', 'summer', 'winter'],
  ['generator.onnx', 'summer', 'summer', 'A', 'B'],
])('%s, called %s', (file, chosen, name, source, target) => {
  const asked = chosen === undefined ? { file } : { file, name: chosen };
  expect(guessNames(asked)).toEqual({ name, source, target });
});

it.each([
  ['results/summer2winter/00599.pth', 'AtoB', 'summer2winter', 'summer', 'winter'],
  ['results/summer2winter/00599.pth', 'BtoA', 'winter2summer', 'winter', 'summer'],
  ['downloads/seasons.pth', 'BtoA', 'seasons', 'B', 'A'],
] as const)('%s, %s', (file, direction, name, source, target) => {
  expect(guessNames({ file, direction })).toEqual({ name, source, target });
});
