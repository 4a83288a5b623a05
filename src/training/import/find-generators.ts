import { InvalidArgumentError } from '../../core/errors.ts';
import { CheckpointError, quoted } from '../pytorch/checkpoint-error.ts';
import type { StateDict } from '../pytorch/index.ts';
import { generatorMarks } from './recognise.ts';

/** A generator's weights in a checkpoint. */
export interface FoundGenerator {
  /** Path of its state dict and prefix of its keys, joined by dots: `netG_A`, `state_dict.generator`; may be empty. */
  readonly key: string;
  /** By the keys of the published code, what stood before them removed. */
  readonly weights: StateDict;
}

/** Moments of our own optimizers have the names of the parameters they belong to. */
const moments = /^adam\./;
const seenKeys = 5;

/**
 * The generators of a checkpoint. One may have a state dict to itself, or be one of the modules whose keys stand in one
 * state dict behind their prefixes, as those of frameworks and of our own training states do.
 */
export function findGenerators(dicts: ReadonlyMap<string, StateDict>): FoundGenerator[] {
  return [...dicts].flatMap(([path, dict]) =>
    [...prefixesOf(dict)].map((prefix) => ({
      key: [path, prefix.replace(/\.$/, '')].filter((part) => part !== '').join('.'),
      weights: behind(prefix, dict),
    })),
  );
}

/**
 * The only generator, or the one of that key.
 * @throws CheckpointError when there is none, or several and no key
 * @throws InvalidArgumentError when no generator has that key
 */
export function chooseGenerator(
  dicts: ReadonlyMap<string, StateDict>,
  key: string | undefined,
): FoundGenerator {
  const found = findGenerators(dicts);
  if (found.length === 0) throw new CheckpointError(nothingFound(dicts));
  const listed = found.map((generator) => quoted(generator.key)).join(', ');
  if (key !== undefined) {
    const chosen = found.find((generator) => generator.key === key);
    if (chosen !== undefined) return chosen;
    throw new InvalidArgumentError(`the file has no generator ${quoted(key)}; it has ${listed}`);
  }
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  throw new CheckpointError(
    `the file holds ${found.length} generators: ${listed}; choose one with --network`,
  );
}

function prefixesOf(dict: StateDict): ReadonlySet<string> {
  const prefixes = new Set<string>();
  for (const key of dict.keys()) {
    for (const mark of generatorMarks) {
      const prefix = mark.exec(key)?.[1];
      if (prefix !== undefined && !moments.test(prefix)) prefixes.add(prefix);
    }
  }
  return prefixes;
}

function behind(prefix: string, dict: StateDict): StateDict {
  if (prefix === '') return dict;
  const own = [...dict].filter(([key]) => key.startsWith(prefix));
  return new Map(own.map(([key, tensor]) => [key.slice(prefix.length), tensor]));
}

function nothingFound(dicts: ReadonlyMap<string, StateDict>): string {
  const seen = [...dicts].map(([path, dict]) => {
    const keys = [...dict].slice(0, seenKeys).map(([key, { dims }]) => `${quoted(key)} [${dims.join(', ')}]`);
    const more = dict.size > seenKeys ? ` and ${dict.size - seenKeys} more` : '';
    return `${path === '' ? '' : `in ${quoted(path)} `}${keys.join(', ')}${more}`;
  });
  return (
    'no generator is in the file. Expected the keys of a ResNet generator (model.1.weight [filters, channels, 7, 7], ' +
    'model.10.conv_block.1.weight, ...) or of a U-Net (model.model.0.weight [filters, channels, 4, 4], ' +
    "model.model.1.model.1.weight, ...), also behind a prefix, or DRIT's networks enc_c, enc_a and gen; " +
    `seen: ${seen.slice(0, seenKeys).join('; ')}`
  );
}
