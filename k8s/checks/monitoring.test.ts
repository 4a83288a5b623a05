import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { metricTable } from '../../src/serving/metric-table.ts';
import { createMetrics } from '../../src/serving/metrics.ts';

/** The dashboard and the alert rules ask only for what the service tells. */

const pathOf = (file: string) => fileURLToPath(new URL(`../monitoring/${file}`, import.meta.url));
const readMonitoring = (file: string) => readFileSync(pathOf(file), 'utf8');

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(readMonitoring('grafana-dashboard.json')) as {
  panels: Panel[];
  templating: { list: { name: string; query: string | { query: string } }[] };
};
const { groups } = parse(readMonitoring('prometheus-rules.yaml')) as {
  groups: {
    rules: { record?: string; alert?: string; expr: string; annotations?: Record<string, string> }[];
  }[];
};
const rules = groups.flatMap((group) => group.rules);
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

/** Labels that Prometheus or the cluster adds, and those of a histogram's buckets. */
const addedLabels = ['namespace', 'pod', 'instance', 'job', 'le'];

/** Every series by name, with its own labels; those of the process have none that is asked for. */
const series = new Map<string, readonly string[]>();
for (const { name, type, labels } of Object.values(metricTable)) {
  const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  for (const suffix of suffixes) series.set(name + suffix, labels);
}
for (const { name } of createMetrics({ version: '0', processMetrics: true }).registry.getMetricsAsArray())
  if (!name.startsWith('unpaired_')) series.set(name, []);
for (const { record } of rules) if (record !== undefined) series.set(record, ['outcome', 'model']);

/** What in an expression is wrong: series that nobody has, labels that a series does not. */
function faults(expression: string): string[] {
  const selectors = [...expression.matchAll(/\b((?:unpaired|nodejs|process)[\w:]+)(?:\{([^}]*)\})?/g)];
  if (selectors.length === 0) return [`no series in ${expression}`];
  return selectors.flatMap(([, name = '', matchers = '']) => {
    const labels = series.get(name);
    if (labels === undefined) return [`unknown series ${name}`];
    const asked = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label as string);
    return asked
      .filter((label) => ![...labels, ...addedLabels].includes(label))
      .map((label) => `${name} has no label ${label}`);
  });
}

describe('what is asked of Prometheus', () => {
  it('is there, with the labels that are asked for, in every panel', () => {
    const wrong = panels.flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ expr }) => faults(expr).map((fault) => `${title}: ${fault}`)),
    );
    expect(wrong).toEqual([]);
  });

  it('is there in every rule', () => {
    expect(rules.flatMap(({ expr }) => faults(expr))).toEqual([]);
  });

  it('would be found wrong', () => {
    expect(faults('rate(unpaired_request_total[5m])')).toEqual(['unknown series unpaired_request_total']);
    expect(faults('unpaired_request_duration_seconds')).toEqual([
      'unknown series unpaired_request_duration_seconds',
    ]);
    expect(faults('unpaired_lanes{lane="0", state!="idle"}')).toEqual(['unpaired_lanes has no label lane']);
    expect(faults('up')).toEqual(['no series in up']);
  });
});

it('the rule files for Prometheus and for its operator say the same', async () => {
  const object = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'unpaired', namespace: 'unpaired', labels: { 'app.kubernetes.io/name': 'unpaired' } },
    spec: { groups },
  };
  const text = `# Made of prometheus-rules.yaml: npx vitest run k8s/checks/monitoring -u\n${stringify(object)}`;
  await expect(text).toMatchFileSnapshot(pathOf('prometheus-rule.yaml'));
});

describe('the dashboard', () => {
  it('has panels with a title and a question, each with an id of its own, none over another', () => {
    expect(panels.length).toBeGreaterThan(20);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { title, targets = [], datasource } of panels) {
      expect(title).not.toBe('');
      expect(targets.length).toBeGreaterThan(0);
      expect(datasource?.uid).toBe(`\${datasource}`);
    }
  });

  it('uses the variables that it has', () => {
    const { list } = dashboard.templating;
    const used = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join();
    expect(new Set([...used.matchAll(/\$(\w+)/g)].map(([, name]) => name))).toEqual(
      new Set(list.map(({ name }) => name).filter((name) => name !== 'datasource')),
    );
    for (const { query } of list) if (typeof query === 'object') expect(faults(query.query)).toEqual([]);
  });
});

it('every alert says what is wrong and where to look', () => {
  const alerts = rules.filter(({ alert }) => alert !== undefined);
  expect(alerts.length).toBeGreaterThan(5);
  for (const { annotations } of alerts) {
    expect(annotations?.summary).toMatch(/\w/);
    expect(annotations?.description).toMatch(/\.$/);
  }
});
