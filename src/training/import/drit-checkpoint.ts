import type { Direction } from '../export/export-request.ts';
import type { StateDict } from '../pytorch/index.ts';
import type { DritSettings } from './drit-schema.ts';

/** The networks of DRIT's checkpoint that translate, each with the weights of both domains. */
const networks = ['enc_c', 'enc_a', 'gen'] as const;
const mark = /^(?:enc_c\.conv(?:_share|A|B)|gen\.dec(?:_share|[AB]\d))\./;
/** The domain in the keys of a network; what has none belongs to both. */
const domainOf: Readonly<Record<(typeof networks)[number], RegExp>> = {
  enc_c: /^enc_c\.conv([AB])\./,
  enc_a: /^enc_a\.(?:(?:conv|fc|fcVar)_([AB])|model_([ab]))\./,
  gen: /^gen\.(?:dec|mlp)([AB])\d?\./,
};

/**
 * The weights of a file that DRIT saved, each behind its network's name (`enc_c.convA.0.model.1.weight`): one state dict
 * a network as published, or all in one. Discriminators and optimizers are passed over; undefined for any other file.
 */
export function dritWeights(dicts: ReadonlyMap<string, StateDict>): StateDict | undefined {
  const found = new Map(
    [...dicts].flatMap(([path, dict]) => {
      const network = networks.find((name) => path === name || path.endsWith(`.${name}`));
      const prefix = network === undefined ? '' : `${network}.`;
      return [...dict].map(([key, tensor]) => [prefix + key, tensor] as const);
    }),
  );
  const own = [...found].filter(([key]) => networks.some((name) => key.startsWith(`${name}.`)));
  return own.some(([key]) => mark.test(key)) ? new Map(own) : undefined;
}

/** Without what only the other direction needs: content is of the source, codes and pictures are of the target. */
export function weightsOfDirection(weights: StateDict, direction: Direction): StateDict {
  const [source, target] = domainsOf(direction);
  const wanted = { enc_c: source, enc_a: target, gen: target };
  const isForeign = (key: string) =>
    networks.some((network) => {
      const match = domainOf[network].exec(key);
      const domain = (match?.[1] ?? match?.[2])?.toUpperCase();
      return domain !== undefined && domain !== wanted[network];
    });
  return new Map([...weights].filter(([key]) => !isForeign(key)));
}

/**
 * What the networks of a direction were made with. What a missing or broken tensor would have told is taken from the
 * published defaults; whether the result is right shows when all keys and shapes are compared.
 */
export function recogniseDrit(weights: StateDict, direction: Direction): DritSettings {
  const [source, target] = domainsOf(direction);
  const size = (key: string, axis: number) => weights.get(key)?.dims[axis];
  const concat = [...weights.keys()].some((key) => /^(?:gen\.dec_share|enc_a\.(?:conv|fc)_)/.test(key));
  const code = concat ? `enc_a.fc_${target}.0.weight` : `enc_a.model_${target.toLowerCase()}.16.weight`;
  const first = `enc_c.conv${source}.0.model.1.weight`;
  return {
    kind: 'drit',
    variant: concat ? 'concat' : 'feature-wise',
    width: size(first, 0) ?? 64,
    inputChannels: size(first, 1) ?? 3,
    outputChannels: size(`gen.dec${target}${concat ? '4.0' : '5.2'}.weight`, 1) ?? 3,
    attributeCodeSize: size(code, 0) ?? 8,
  };
}

/** @returns source and target */
export function domainsOf(direction: Direction): readonly ['A' | 'B', 'A' | 'B'] {
  return direction === 'AtoB' ? ['A', 'B'] : ['B', 'A'];
}
