import type { ReadyModel } from '../open-package.ts';
import { GuidanceError } from './plan.ts';

/**
 * The model as it translates into a domain.
 * @param to default: the manifest's target domain
 * @throws GuidanceError for a domain that it does not translate into
 */
export function modelInto(model: ReadyModel, to: string = model.manifest.targetDomain): ReadyModel {
  const translators = translatorsOf(model);
  const translator = translators.get(to);
  if (translator === undefined) {
    const domains = [...translators.keys()].map((domain) => `"${domain}"`).join(' or ');
    throw new GuidanceError([
      { field: 'to', message: `this model translates into ${domains}, not into "${to}"` },
    ]);
  }
  const { name, version, image, manifest } = model;
  return { name, version, image, manifest, translator, networkKey: (network) => model.networkKey(network) };
}

/** Names of the domains that pictures are translated into. */
export function domainsInto(model: Pick<ReadyModel, 'manifest' | 'translator'>): readonly string[] {
  return [...translatorsOf(model).keys()];
}

function translatorsOf({ manifest, translator }: Pick<ReadyModel, 'manifest' | 'translator'>) {
  return translator.into ?? new Map([[manifest.targetDomain, translator]]);
}
