import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { render } from './kustomize.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'unpaired-kustomize-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a folder of files and renders it. */
function rendered(name: string, files: Readonly<Record<string, string>>) {
  mkdirSync(path.join(folder, name));
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, name, file), text);
  return render(path.join(folder, name));
}

const pod = `
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  priority: 5
  hostAliases: [{ ip: 10.0.0.1 }]
  containers:
    - { name: a, image: app, env: [{ name: X, value: "1" }] }
    - { name: b, image: other }`;
const patch = `
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  priority: null
  hostAliases: [{ ip: 10.0.0.2 }]
  containers:
    - { name: a, env: [{ name: Y, value: "2" }] }
    - { name: c, image: app }`;

describe('render', () => {
  it('merges a patch as kustomize does: items by name, other lists whole, null removes', () => {
    const kustomization =
      'resources: [pod.yaml]\npatches: [{ path: patch.yaml }]\nimages: [{ name: app, newName: r/app, newTag: v1 }]';
    const [merged] = rendered('patch', {
      'pod.yaml': pod,
      'patch.yaml': patch,
      'kustomization.yaml': kustomization,
    });
    const a = {
      name: 'a',
      image: 'r/app:v1',
      env: [
        { name: 'X', value: '1' },
        { name: 'Y', value: '2' },
      ],
    };
    expect(merged?.spec).toEqual({
      hostAliases: [{ ip: '10.0.0.2' }],
      containers: [a, { name: 'b', image: 'other' }, { name: 'c', image: 'r/app:v1' }],
    });
  });

  it('makes ConfigMaps of variables and files, and puts everything into the namespace', () => {
    const kustomization =
      'namespace: here\nconfigMapGenerator: [{ name: m, envs: [m.env], literals: [B=2=2], files: [f.txt] }]';
    const files = { 'm.env': '# note\nA=1\n', 'f.txt': 'text', 'kustomization.yaml': kustomization };
    expect(rendered('maps', files)).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'm', namespace: 'here' },
        data: { A: '1', B: '2=2', 'f.txt': 'text' },
      },
    ]);
  });

  it('refuses a patch without a target, a file that is not there, and a field that it does not know', () => {
    const patches = { 'patch.yaml': patch, 'kustomization.yaml': 'patches: [{ path: patch.yaml }]' };
    expect(() => rendered('lost', patches)).toThrow('a patch is for Pod web, which is not there');
    expect(() => rendered('none', { 'kustomization.yaml': 'resources: [x.yaml]' })).toThrow(
      /there is no .*x\.yaml/,
    );
    expect(() => rendered('new', { 'kustomization.yaml': 'replacements: []' })).toThrow(
      /replacements is not understood/,
    );
  });
});
