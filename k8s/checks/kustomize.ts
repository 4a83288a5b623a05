import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';

/** One object of the cluster, as YAML holds it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

interface ConfigMapGenerator {
  readonly name: string;
  readonly namespace?: string;
  readonly behavior?: 'merge';
  readonly envs?: readonly string[];
  readonly literals?: readonly string[];
  readonly files?: readonly string[];
  readonly options?: { readonly labels?: Readonly<Record<string, string>> };
}

/** The fields of a kustomization that are understood here; any other is an error, never overlooked. */
interface Kustomization {
  readonly namespace?: string;
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly { readonly path: string }[];
  readonly configMapGenerator?: readonly ConfigMapGenerator[];
  readonly images?: readonly { readonly name: string; readonly newName: string; readonly newTag: string }[];
}

const known = new Set([
  'apiVersion',
  'kind',
  'namespace',
  'resources',
  'components',
  'patches',
  'configMapGenerator',
  'images',
]);

/** Lists that a patch merges item by item, and the field that tells which item; others it replaces. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  topologySpreadConstraints: 'topologyKey',
};

type Fields = Readonly<Record<string, unknown>>;

/** Every document of a YAML file. @throws Error naming the file and the place of the first fault */
export function readYaml(file: string): unknown[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    const fault = document.errors[0] ?? document.warnings[0];
    if (fault) throw new Error(`${file}: ${fault.message}`);
    return document.toJS() as unknown;
  });
}

/**
 * What `kubectl kustomize FOLDER` prints, for the part of kustomize that this project uses, so that tests can look at
 * the objects which a cluster will see. Names of generated ConfigMaps keep no hash.
 * @param folder of a Kustomization
 * @param components folders of further Components, applied last
 */
export function render(folder: string, components: readonly string[] = []): Manifest[] {
  return components.reduce((manifests, component) => apply(component, manifests), apply(folder, []));
}

/** Files that a kustomization names, as paths; folders among `resources` and `components` included. */
export function referencedPaths(folder: string): string[] {
  const {
    resources = [],
    components = [],
    patches = [],
    configMapGenerator = [],
  } = readKustomization(folder);
  const generated = configMapGenerator.flatMap(({ envs = [], files = [] }) => [...envs, ...files]);
  const names = [...resources, ...components, ...patches.map((patch) => patch.path), ...generated];
  return names.map((name) => path.join(folder, name));
}

function readKustomization(folder: string): Kustomization {
  const file = path.join(folder, 'kustomization.yaml');
  const fields = readYaml(file)[0] as Kustomization;
  const unknown = Object.keys(fields).filter((field) => !known.has(field));
  if (unknown.length > 0) throw new Error(`${file}: ${unknown.join(', ')} is not understood by the tests`);
  return fields;
}

function apply(folder: string, given: readonly Manifest[]): Manifest[] {
  const kustomization = readKustomization(folder);
  let manifests = [
    ...given,
    ...(kustomization.resources ?? []).flatMap((name) => read(path.join(folder, name))),
  ];
  for (const component of kustomization.components ?? []) {
    manifests = apply(path.join(folder, component), manifests);
  }
  for (const patch of kustomization.patches ?? []) {
    manifests = patched(manifests, readYaml(path.join(folder, patch.path))[0] as Manifest);
  }
  for (const generator of kustomization.configMapGenerator ?? []) {
    manifests = withConfigMap(manifests, generator, folder);
  }
  return manifests.map((manifest) => withImages(withNamespace(manifest, kustomization), kustomization));
}

function read(resource: string): Manifest[] {
  if (!existsSync(resource)) throw new Error(`there is no ${resource}`);
  return statSync(resource).isDirectory() ? apply(resource, []) : (readYaml(resource) as Manifest[]);
}

function patched(manifests: readonly Manifest[], patch: Manifest): Manifest[] {
  const target = manifests.findIndex(
    ({ kind, metadata }) => kind === patch.kind && metadata.name === patch.metadata.name,
  );
  if (target < 0) throw new Error(`a patch is for ${patch.kind} ${patch.metadata.name}, which is not there`);
  return manifests.map((manifest, index) =>
    index === target ? (merge(manifest, patch) as Manifest) : manifest,
  );
}

/** A strategic merge: objects field by field, lists by their merge key, null removes. */
function merge(base: unknown, patch: unknown, field = ''): unknown {
  if (Array.isArray(base) && Array.isArray(patch)) return mergeLists(base, patch, mergeKeys[field]);
  if (!isFields(base) || !isFields(patch)) return patch;
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = merge(base[name], value, name);
  }
  return merged;
}

function mergeLists(base: readonly Fields[], patch: readonly Fields[], key: string | undefined): Fields[] {
  if (key === undefined) return [...patch];
  const same = (item: Fields) => (other: Fields) => item[key] === other[key];
  const merged = base.map((item) => merge(item, patch.find(same(item)) ?? {}) as Fields);
  return [...merged, ...patch.filter((item) => !base.some(same(item)))];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withConfigMap(
  manifests: readonly Manifest[],
  generator: ConfigMapGenerator,
  folder: string,
): Manifest[] {
  const { name, namespace, behavior, envs = [], literals = [], files = [], options } = generator;
  const lines = [
    ...envs.flatMap((file) => readFileSync(path.join(folder, file), 'utf8').split('\n')),
    ...literals,
  ];
  const variables = lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  const contents = files.map((file) => [path.basename(file), readFileSync(path.join(folder, file), 'utf8')]);
  const data = Object.fromEntries([...variables, ...contents]) as Record<string, string>;
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(options?.labels === undefined ? {} : { labels: options.labels }),
  };
  const generated: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
  return behavior === 'merge' ? patched(manifests, generated) : [...manifests, generated];
}

function withNamespace(manifest: Manifest, { namespace }: Kustomization): Manifest {
  if (namespace === undefined || manifest.kind === 'Namespace') return manifest;
  return { ...manifest, metadata: { ...manifest.metadata, namespace } };
}

function withImages(manifest: Manifest, { images = [] }: Kustomization): Manifest {
  const replaced = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replaced);
    if (!isFields(value)) return value;
    const fields = Object.entries(value).map(([name, each]) => {
      const image = name === 'image' ? images.find((candidate) => candidate.name === each) : undefined;
      return [name, image === undefined ? replaced(each) : `${image.newName}:${image.newTag}`];
    });
    return Object.fromEntries(fields) as Fields;
  };
  return images.length === 0 ? manifest : (replaced(manifest) as Manifest);
}
