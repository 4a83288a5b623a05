import { describe, expect, it } from 'vitest';
import { float32, type Tensor } from '../../core/tensor.ts';
import { readCheckpoint, type StateDict, stateDicts, writeSafetensors } from '../pytorch/index.ts';
import { chooseGenerator, findGenerators } from './find-generators.ts';
import { drawnWeights, smallResnet, smallUnet, torchFile } from './fixtures/generator-weights.ts';
import { readWeights } from './read-weights.ts';

const resnet = drawnWeights(smallResnet);
const unet = drawnWeights(smallUnet);
const discriminator: StateDict = new Map([['model.0.weight', float32([1, 3, 4, 4], new Float32Array(48))]]);

const prefixed = (prefix: string, dict: StateDict) =>
  new Map([...dict].map(([key, tensor]) => [prefix + key, tensor] as [string, Tensor]));
const dictsOf = (tree: Parameters<typeof torchFile>[0]) => stateDicts(readCheckpoint(torchFile(tree)));

describe('chooseGenerator', () => {
  it.each([
    ['the file itself', '', resnet],
    ['with the prefix of DataParallel', '', prefixed('module.', resnet)],
    ['a U-Net', '', unet],
    ['in a dict', 'state_dict', { state_dict: resnet }],
    ['beside a discriminator', 'netG', { netG: resnet, netD: discriminator }],
    ['deeper', 'ema.params', { ema: { params: prefixed('module.', resnet) }, step: discriminator }],
    [
      'as a module of a framework',
      'state_dict.netG_A',
      { state_dict: new Map([...prefixed('netG_A.', resnet), ...prefixed('netD_A.', discriminator)]) },
    ],
  ] as const)('finds a generator: %s', (_, key, tree) => {
    const found = chooseGenerator(dictsOf(tree), undefined);
    expect(found.key).toBe(key);
    expect(found.weights).toEqual(tree === unet ? unet : resnet);
  });

  it('finds those of our own training states, but not their moments', () => {
    const state = new Map([
      ...prefixed('generator.', resnet),
      ...prefixed('discriminator.', discriminator),
      ...prefixed('adam.generator.mean/generator.', resnet),
      ...prefixed('average/generator.', resnet),
    ]);
    const dicts = readWeights('step-00000010.safetensors', writeSafetensors(state));
    expect(
      findGenerators(dicts)
        .map(({ key }) => key)
        .sort(),
    ).toEqual(['average/generator', 'generator']);
    expect(new Map([...chooseGenerator(dicts, 'average/generator').weights].sort())).toEqual(
      new Map([...resnet].sort()),
    );
  });

  it('lists several and takes the one that is named', () => {
    const dicts = dictsOf({ netG_A: resnet, netG_B: unet });
    expect(() => chooseGenerator(dicts, undefined)).toThrow(
      'the file holds 2 generators: "netG_A", "netG_B"; choose one with --network',
    );
    expect(() => chooseGenerator(dicts, 'netG')).toThrow('no generator "netG"; it has "netG_A", "netG_B"');
    expect(chooseGenerator(dicts, 'netG_B').weights).toEqual(unet);
  });

  it('says what it expected and what it has seen where there is none', () => {
    expect(() => chooseGenerator(dictsOf({ netD: discriminator }), undefined)).toThrow(
      /Expected the keys of a ResNet generator .* or of a U-Net .*; seen: in "netD" "model\.0\.weight" \[1, 3, 4, 4\]$/,
    );
  });
});

it('a file without any state dict is refused', () => {
  expect(() => readWeights('x.pth', torchFile(new Map()))).toThrow('the file holds no state dict');
});
