import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Manifest, render } from './kustomize.ts';
import { faults } from './schemas.ts';

const cpu = fileURLToPath(new URL('../overlays/cpu', import.meta.url));

describe('faults', () => {
  const [deployment] = render(cpu).filter(({ kind }) => kind === 'Deployment') as [Manifest];
  const changed = (change: (spec: { [field: string]: unknown }) => void) => {
    const copy = structuredClone(deployment);
    change(copy.spec as { [field: string]: unknown });
    return faults(copy);
  };

  it('sees a value of the wrong type', () => {
    expect(
      changed((spec) => {
        spec.replicas = 'two';
      }),
    ).toEqual([expect.stringContaining('replicas')]);
  });

  it('sees a field that is missing', () => {
    expect(
      changed((spec) => {
        delete spec.selector;
      }),
    ).toEqual([expect.stringContaining('selector')]);
  });

  it('sees a field that the schema does not have, at any depth', () => {
    expect(
      changed((spec) => {
        const { spec: pod } = spec.template as { spec: { containers: Record<string, unknown>[] } };
        Object.assign(pod.containers[0] as object, { imagePullPolcy: 'Always' });
      }),
    ).toEqual(['/spec/template/spec/containers/0/imagePullPolcy: the schema has no such field']);
  });

  it('sees a kind that it has no schema of', () => {
    expect(faults({ ...deployment, kind: 'Deploymnet' })).toEqual(['no schema for apps/v1 Deploymnet']);
  });
});
