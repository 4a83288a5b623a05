import { basename, dirname, extname } from 'node:path';
import type { ImportRequest } from './import-request.ts';

/**
 * What a file is called by the published code: `latest_net_G.pth`, `200_net_G_A.pth`; `00599.pth` by DRIT's,
 * `settingc_latest.pt` and `n_700.pt` by VQ-I2I's.
 */
const publishedName = /^(?:(?:latest|\d+|iter_\d+)_net_(\w+)|\d{5}|(?:settingc_)?(?:latest|n_\d+))$/;
/** Generators of the direction from B to A. */
const backward = /(?:^|_)B(?:2A|toA)?$/i;
const domains = /^([a-z]+)2([a-z]+)/;

type NameSources = Pick<ImportRequest, 'file' | 'name' | 'direction'>;

/** What the names of a file and its folder tell of the model in it. */
export interface NamesGuess {
  /** Lower case, of the letters that model names may have; empty when nothing is left. */
  readonly name: string;
  readonly source: string;
  readonly target: string;
}

/**
 * Guesses a model's name and domains. A published checkpoint is `<experiment>/<epoch>_net_<network>.pth`: its folder
 * has the name, and `_B` turns the direction, so that the name `horse2zebra` becomes `zebra2horse`. Any other file has
 * its own name. A direction from B to A turns the name as well.
 * @param asked `name`: that the user has chosen
 */
export function guessNames({ file, name, direction }: NameSources): NamesGuess {
  const stem = basename(file, extname(file));
  const published = publishedName.exec(stem);
  const isBackward = direction === 'BtoA' || backward.test(published?.[1] ?? '');
  const said = modelName(published === null ? stem : basename(dirname(file)));
  const chosen = name ?? (isBackward ? said.replace(domains, (_, from, to) => `${to}2${from}`) : said);
  const [, source, target] = domains.exec(chosen) ?? [];
  const unnamed = isBackward ? ['B', 'A'] : ['A', 'B'];
  return { name: chosen, source: source ?? (unnamed[0] as string), target: target ?? (unnamed[1] as string) };
}

function modelName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
}
