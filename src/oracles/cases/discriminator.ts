import type { Normalization } from '../../nn/layers/normalization.ts';
import { discriminatorOf } from '../../training/methods/networks.ts';
import type { Arguments } from '../arguments.ts';
import type { CaseKind } from '../case-kind.ts';
import { networkAttempts, normalizations } from './network.ts';

const kinds = ['basic', 'n_layers', 'pixel'] as const;
/** `netD=basic` has three layers, whatever n_layers_D says. */
const layersOfBasic = 3;

/** `NLayerDiscriminator` and `PixelDiscriminator`, made by define_D. */
export const discriminator: CaseKind = {
  knows({ class_or_function, constructor_args: { netD } }) {
    const known = kinds.some((kind) => kind === netD);
    return /\b(define_D|NLayerDiscriminator|PixelDiscriminator)\b/.test(class_or_function) && known;
  },
  attempts(oracle) {
    const { arguments: given } = oracle;
    given.withoutInfluence('init_type', 'init_gain', 'input_nc');
    const normalization = given.oneOf('norm', normalizations, 'instance');
    const network = discriminatorOf(discriminatorOptions(given, normalization));
    return networkAttempts(oracle, {
      name: 'D',
      normalization,
      forward: (scope, x) => ({ y: network.forward(scope, x) }),
    });
  },
};

/** What `netD`, `ndf`, `n_layers_D` and `no_antialias` stand for. */
export function discriminatorOptions(given: Arguments, normalization: Normalization) {
  const kind = given.oneOf('netD', kinds);
  const declared = given.integer('n_layers_D', layersOfBasic);
  return {
    kind: kind === 'pixel' ? ('pixel' as const) : ('patch' as const),
    filters: given.integer('ndf', 64),
    layers: kind === 'n_layers' ? declared : layersOfBasic,
    normalization,
    antialias: !given.flag('no_antialias', false),
  };
}
