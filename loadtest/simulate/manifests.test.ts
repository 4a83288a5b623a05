import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseSimulateOptions } from './options.ts';

const k8s = (file: string) => readFileSync(new URL(`../../k8s/${file}`, import.meta.url), 'utf8');

interface Rules {
  readonly stabilizationWindowSeconds: number;
  readonly policies: readonly { type: string; value: number; periodSeconds: number }[];
}

const rulesOf = ({ stabilizationWindowSeconds, policies }: Rules) => ({
  stabilizationSeconds: stabilizationWindowSeconds,
  policies: policies.map(({ type, ...rest }) => ({ type: type === 'Pods' ? 'pods' : 'percent', ...rest })),
});

it('simulates the autoscaler of the manifests unless it is told otherwise', () => {
  const { spec } = parse(k8s('components/hpa-prometheus-adapter/horizontal-pod-autoscaler.yaml'));
  const { settings } = parseSimulateOptions([]);
  expect(settings).toMatchObject({
    minReplicas: spec.minReplicas,
    maxReplicas: spec.maxReplicas,
    up: rulesOf(spec.behavior.scaleUp),
    down: rulesOf(spec.behavior.scaleDown),
    queueLimit: Number(/^QUEUE_LIMIT=(\d+)$/m.exec(k8s('base/service.env'))?.[1]),
  });
});
