import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Manifest, readYaml, referencedPaths, render } from './kustomize.ts';
import { faults } from './schemas.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const inRoot = (...parts: string[]) => path.join(root, ...parts);

const overlays = readdirSync(inRoot('overlays'));
const components = ['components/admin', 'components/models-volume', 'components/tuning'];
const cpu = inRoot('overlays/cpu');

const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
const kustomizations = files
  .filter((file) => path.basename(file) === 'kustomization.yaml')
  .map((file) => path.dirname(file));
/** Not for kustomize: the adapter's chart, Grafana and Prometheus take them. */
const outside = [
  'components/hpa-prometheus-adapter/adapter-values.yaml',
  'monitoring/prometheus-rules.yaml',
  'monitoring/prometheus-rules.test.yaml',
];

/** Each thing that can be deployed, as a cluster would see it. */
const deployments: Readonly<Record<string, readonly Manifest[]>> = {
  ...Object.fromEntries(overlays.map((name) => [`overlays/${name}`, render(inRoot('overlays', name))])),
  ...Object.fromEntries(components.map((name) => [name, render(cpu, [inRoot(name)])])),
  kserve: render(inRoot('kserve')),
};

describe.each(Object.entries(deployments))('%s', (_name, manifests) => {
  it.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))(
    '%s keeps to the schema of its kind',
    (_title, manifest) => {
      expect(faults(manifest)).toEqual([]);
    },
  );

  it('has one object of each kind and name', () => {
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe('the files of k8s', () => {
  it('are all there when a kustomization names them', () => {
    const missing = kustomizations.flatMap((folder) =>
      referencedPaths(inRoot(folder)).filter((file) => !existsSync(file)),
    );
    expect(missing).toEqual([]);
  });

  it('are all named by a kustomization', () => {
    const named = new Set(kustomizations.flatMap((folder) => referencedPaths(inRoot(folder))));
    const loose = files.filter(
      (file) =>
        /\.(?:ya?ml|json|env)$/.test(file) &&
        path.basename(file) !== 'kustomization.yaml' &&
        !outside.includes(file) &&
        !named.has(inRoot(file)),
    );
    expect(loose).toEqual([]);
  });

  it('belong to an overlay, a component or the example', () => {
    const named = kustomizations.flatMap((folder) => referencedPaths(inRoot(folder)));
    const loose = kustomizations.filter(
      (folder) =>
        !named.includes(inRoot(folder)) &&
        !folder.startsWith('overlays/') &&
        !components.includes(folder) &&
        folder !== 'kserve',
    );
    expect(loose).toEqual([]);
  });

  it('are YAML without a fault', () => {
    for (const file of files.filter((name) => /\.ya?ml$/.test(name))) readYaml(inRoot(file));
    expect(files.length).toBeGreaterThan(0);
  });

  it('are described', () => {
    const page = readFileSync(inRoot('README.md'), 'utf8');
    const folders = [...overlays.map((name) => `overlays/${name}`), ...components, 'kserve', 'monitoring'];
    expect(folders.filter((folder) => !page.includes(`\`${folder}\``))).toEqual([]);
  });
});
