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
  ['generator.onnx', 'summer', 'summer', 'A', 'B'],
])('%s, called %s', (file, chosen, name, source, target) => {
  expect(guessNames(file, chosen)).toEqual({ name, source, target });
});
