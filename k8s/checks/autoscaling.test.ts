import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/serving/config.ts';
import { metricTable } from '../../src/serving/metric-table.ts';
import { type Manifest, readYaml, render } from './kustomize.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const inRoot = (...parts: string[]) => path.join(root, ...parts);
const withAdapter = render(inRoot('overlays/hpa-prometheus-adapter'));
const withKeda = render(inRoot('overlays/keda'));
const ofKind = (manifests: readonly Manifest[], kind: string) =>
  manifests.find((manifest) => manifest.kind === kind) as Manifest;

interface Behavior {
  readonly scaleUp: { readonly stabilizationWindowSeconds: number };
  readonly scaleDown: { readonly stabilizationWindowSeconds: number };
}

const scaler = ofKind(withAdapter, 'HorizontalPodAutoscaler').spec as {
  minReplicas: number;
  maxReplicas: number;
  behavior: Behavior;
  metrics: { pods: { metric: { name: string }; target: { averageValue: string } } }[];
};
const scaledObject = ofKind(withKeda, 'ScaledObject').spec as {
  minReplicaCount: number;
  maxReplicaCount: number;
  advanced: { horizontalPodAutoscalerConfig: { behavior: Behavior } };
  triggers: { metricType: string; metadata: { query: string; threshold: string } }[];
};
const [adapter] = readYaml(inRoot('components/hpa-prometheus-adapter/adapter-values.yaml')) as [
  {
    rules: { custom: { seriesQuery: string; name: { matches: string; as: string }; metricsQuery: string }[] };
  },
];
const [monitor] = (
  ofKind(withKeda, 'ServiceMonitor').spec as {
    endpoints: { port: string; path: string; interval: string }[];
  }
).endpoints as [{ port: string; path: string; interval: string }];

const rules = adapter.rules.custom;

const seriesOf = (query: string) => [...query.matchAll(/unpaired_[a-z_]+/g)].map(([name]) => name);
const quantity = (text: string) => (text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text));
const windowsOf = (query: string) =>
  [...query.matchAll(/\[(\d+)(s|m)\]/g)].map(([, count, unit]) => Number(count) * (unit === 'm' ? 60 : 1));

describe('autoscaling', () => {
  const queries = [
    ...rules.flatMap(({ seriesQuery, metricsQuery }) => [seriesQuery, metricsQuery]),
    ...scaledObject.triggers.map(({ metadata }) => metadata.query),
  ];

  it('asks for metrics that the service has, gauges as means and counters as rates', () => {
    const asked = [...new Set(queries.flatMap(seriesOf))].sort();
    expect(asked).toEqual(['unpaired_lane_busy_seconds_total', 'unpaired_queued_items']);
    const { laneBusySeconds, queuedItems } = metricTable;
    expect([laneBusySeconds, queuedItems].map(({ name, type }) => [name, type])).toEqual([
      [asked[0], 'counter'],
      [asked[1], 'gauge'],
    ]);
    const functions = queries.flatMap((query) =>
      [...query.matchAll(/(rate|avg_over_time)\((<<\.Series>>|unpaired_\w+)/g)].map(([, name]) => name),
    );
    expect(functions).toEqual(['avg_over_time', 'rate', 'avg_over_time', 'rate']);
  });

  it('averages over at least two scrapes', () => {
    const interval = Number(monitor.interval.replace('s', ''));
    const windows = queries.flatMap(windowsOf);
    expect(windows.length).toBeGreaterThan(0);
    expect(Math.min(...windows)).toBeGreaterThanOrEqual(2 * interval);
    expect([monitor.port, monitor.path]).toEqual(['http', '/metrics']);
    expect(readConfig(ofKind(withKeda, 'ConfigMap').data as Record<string, string>).METRICS_OPEN).toBe(true);
  });

  it('takes from the adapter what the adapter makes', () => {
    expect(scaler.metrics.map(({ pods }) => pods.metric.name)).toEqual(rules.map(({ name }) => name.as));
    for (const { seriesQuery, name } of rules)
      expect(seriesOf(seriesQuery)[0]).toMatch(new RegExp(name.matches));
  });

  it('has the same targets, limits and pace either way', () => {
    const targets = scaler.metrics.map(({ pods }) => quantity(pods.target.averageValue));
    expect(scaledObject.triggers.map(({ metadata }) => Number(metadata.threshold))).toEqual(targets);
    expect(scaledObject.triggers.map(({ metricType }) => metricType)).toEqual([
      'AverageValue',
      'AverageValue',
    ]);
    expect([scaledObject.minReplicaCount, scaledObject.maxReplicaCount]).toEqual([
      scaler.minReplicas,
      scaler.maxReplicas,
    ]);
    expect(scaledObject.advanced.horizontalPodAutoscalerConfig.behavior).toEqual(scaler.behavior);
  });

  it('has scaled long before the queue refuses', () => {
    const { QUEUE_LIMIT } = readConfig(ofKind(withAdapter, 'ConfigMap').data as Record<string, string>);
    const [waiting] = scaler.metrics.map(({ pods }) => quantity(pods.target.averageValue));
    expect(waiting).toBeLessThanOrEqual(QUEUE_LIMIT / 8);
  });

  it('leaves the number of replicas to the autoscaler', () => {
    for (const manifests of [withAdapter, withKeda]) {
      expect(ofKind(manifests, 'Deployment').spec).not.toHaveProperty('replicas');
    }
  });
});
