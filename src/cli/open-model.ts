import path from 'node:path';
import { InvalidArgumentError } from '../core/errors.ts';
import { type Manifest, servedNetworks } from '../core/manifest.ts';
import { ModelUnknownError } from '../serving/catalog-errors.ts';
import type { Lanes } from '../serving/lanes.ts';
import { listModels, readPackage } from '../serving/model-folder.ts';
import type { ReadyModel } from '../serving/open-package.ts';
import { createTranslator } from '../serving/translators/index.ts';

/**
 * Opens one model of a folder, without the warm-up that a service does.
 * @param model `name`, for its newest version, or `name/version`
 * @throws ModelUnknownError, InvalidArgumentError for an unknown version, or the reason why the package cannot be used
 */
export async function openModel(
  root: string,
  model: string,
  lanes: Pick<Lanes, 'load'>,
): Promise<ReadyModel> {
  const manifest = await readModel(root, model);
  const { name, version } = manifest;
  const translator = createTranslator(manifest);
  const networkKey = (network: string) => `${name}/${version}/${network}`;
  for (const [network, { file, sha256 }] of servedNetworks(manifest)) {
    await lanes.load(networkKey(network), path.resolve(root, name, version, file), sha256);
  }
  return { name, version, image: manifest.image, manifest, translator, networkKey };
}

/** Reads and checks one package of a folder; the arguments and errors are those of `openModel`. */
export async function readModel(root: string, model: string): Promise<Manifest> {
  const { name, version } = await findVersion(root, model);
  return readPackage(root, name, version);
}

async function findVersion(root: string, model: string): Promise<{ name: string; version: string }> {
  const [name = '', asked] = model.split('/');
  const models = await listModels(root);
  const found = models.find((each) => each.name === name);
  if (found === undefined)
    throw new ModelUnknownError(
      name,
      models.map((each) => each.name),
    );
  const version = asked === undefined ? found.versions[0] : found.versions.find((each) => each === asked);
  if (version !== undefined) return { name, version };
  const known = found.versions.join(', ') || 'none';
  throw new InvalidArgumentError(
    `model "${name}" has no version ${asked ?? 'at all'}; versions are ${known}`,
  );
}
