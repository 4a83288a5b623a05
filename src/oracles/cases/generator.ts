import { resnetGenerator } from '../../nn/networks/resnet-generator.ts';
import { unetGenerator } from '../../nn/networks/unet-generator.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Value } from '../../onnx/ir.ts';
import type { CaseKind } from '../case-kind.ts';
import type { OracleCase } from '../oracle-case.ts';
import { type Applied, networkAttempts, normalizations } from './network.ts';

const resnetName = /^resnet_(\d+)blocks$/;
const unetName = /^unet_(\d+)$/;

/** `ResnetGenerator` and `UnetGenerator`, made by define_G or called with a list of feature layers. */
export const generator: CaseKind = {
  knows({ class_or_function, constructor_args: { netG } }) {
    const known = (residualBlocks(netG) ?? unetHalvings(netG)) !== undefined;
    return /\b(define_G|ResnetGenerator|UnetGenerator)\b/.test(class_or_function) && known;
  },
  attempts(oracle) {
    const { arguments: given, declaration } = oracle;
    given.withoutInfluence('init_type', 'init_gain', 'input_nc', 'crop_size', 'load_size');
    return networkAttempts(oracle, {
      name: 'G',
      normalization: given.oneOf('norm', normalizations, 'instance'),
      forward: forwardOf(oracle),
      featuresInLoss: /forward\(x, layers=/.test(declaration.class_or_function),
    });
  },
};

/** How many residual blocks `netG` names, `resnet_9blocks` for one; undefined when it names another network. */
export function residualBlocks(netG: unknown): number | undefined {
  const digits = typeof netG === 'string' ? resnetName.exec(netG)?.[1] : undefined;
  return digits === undefined ? undefined : Number(digits);
}

/** How often the U-Net that `netG` names halves the size: `unet_128` 7 times, down to one pixel; undefined as above. */
export function unetHalvings(netG: unknown): number | undefined {
  const size = typeof netG === 'string' ? unetName.exec(netG)?.[1] : undefined;
  return size === undefined ? undefined : Math.log2(Number(size));
}

function forwardOf(oracle: OracleCase): (scope: Scope, x: Value) => Applied {
  const { arguments: given } = oracle;
  const netG = given.text('netG');
  const downs = unetHalvings(netG);
  const shared = {
    outputChannels: given.integer('output_nc', 3),
    filters: given.integer('ngf', 64),
    normalization: given.oneOf('norm', normalizations, 'instance'),
    dropout: given.flag('use_dropout', false),
  };
  if (downs !== undefined) {
    given.withoutInfluence('no_antialias', 'no_antialias_up');
    const unet = unetGenerator({ ...shared, downs });
    return (scope, x) => ({ y: unet.forward(scope, x) });
  }
  const resnet = resnetGenerator({
    ...shared,
    inputChannels: given.integer('input_nc', 3),
    blocks: residualBlocks(netG) ?? 0,
    antialiasDown: !given.flag('no_antialias', false),
    antialiasUp: !given.flag('no_antialias_up', false),
  });
  const layers = featureLayers(oracle);
  return (scope, x) => {
    const { output, features } = resnet.features(scope, x, layers);
    return { y: output, features: new Map(features.map((feature, at) => [layers[at] as number, feature])) };
  };
}

/** The layers that the call names, or else those whose features were saved. */
function featureLayers({ declaration, expected }: OracleCase): number[] {
  const called = /layers=\[([\d,\s]*)\]/.exec(declaration.class_or_function)?.[1];
  if (called !== undefined) return called.split(',').map(Number);
  const saved = expected.map(({ name }) => /^feat\.(\d+)$/.exec(name)?.[1]).filter((id) => id !== undefined);
  return saved.map(Number).sort((a, b) => a - b);
}
