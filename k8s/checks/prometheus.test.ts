import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blankPixels, encode } from '../../src/image/index.ts';
import { FakeLanes } from '../../src/serving/testing/fake-lanes.ts';
import { startHarness } from '../../src/serving/testing/harness.ts';
import { listen } from '../../src/serving/testing/sockets.ts';
import { type Manifest, readYaml } from './kustomize.ts';

/** A real Prometheus looks at a running service, with our rules. */

const missing = ['prometheus', 'promtool'].filter(
  (tool) => spawnSync(tool, ['--version']).error !== undefined,
);
if (missing.length > 0)
  process.stderr.write(
    `skipped: the checks by Prometheus, without ${missing.join(' and ')} (apt-get install prometheus)\n`,
  );

const inKubernetes = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));
const rules = inKubernetes('monitoring/prometheus-rules.yaml');

function promtool(argv: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync('promtool', argv, { input, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

describe.skipIf(missing.length > 0)('promtool', () => {
  it('accepts the rules, and each alert fires when it should', () => {
    expect(promtool(['check', 'rules', rules])).toMatchObject({ status: 0 });
    const tested = promtool(['test', 'rules', inKubernetes('monitoring/prometheus-rules.test.yaml')]);
    expect(tested).toEqual({ status: 0, output: expect.stringContaining('SUCCESS') });
  });
});

describe.skipIf(missing.length > 0)('Prometheus', () => {
  const lanes = new FakeLanes();
  let service: Awaited<ReturnType<typeof startHarness<FakeLanes>>>;
  let folder: string;
  let url: string;
  let prometheus: ReturnType<typeof spawn>;
  let ended: Promise<unknown>;
  const answers: Promise<{ statusCode: number }>[] = [];

  beforeAll(async () => {
    service = await startHarness({ lanes, processMetrics: true, environment: { LANE_PREFETCH: '0' } });
    const port = await listen(service.app);
    folder = await mkdtemp(path.join(tmpdir(), 'unpaired-prometheus-'));
    await writeFile(path.join(folder, 'prometheus.yml'), configuration(port));
    const address = `127.0.0.1:${await freePort()}`;
    const file = `--config.file=${path.join(folder, 'prometheus.yml')}`;
    const data = `--storage.tsdb.path=${path.join(folder, 'data')}`;
    prometheus = spawn('prometheus', [file, data, `--web.listen-address=${address}`], { stdio: 'ignore' });
    ended = new Promise((resolve) => prometheus.once('exit', resolve));
    url = `http://${address}`;
  });

  afterAll(async () => {
    prometheus?.kill();
    await ended;
    lanes.release();
    await Promise.all(answers);
    await service.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Values of a query now; empty while Prometheus has none, or is not there yet. */
  async function ask(query: string): Promise<number[]> {
    const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`).catch(
      () => undefined,
    );
    if (answer?.status === 400) throw new Error(`${query}: ${await answer.text()}`);
    if (answer?.status !== 200) return [];
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    return data.result.map(({ value: [, value] }) => Number(value));
  }

  const translate = async () => {
    const picture = await encode(blankPixels({ width: 16, height: 16 }, [1, 2, 3]), { format: 'png' });
    const headers = { 'content-type': 'image/png' };
    return service.app.inject({
      method: 'POST',
      url: '/translate/inverter',
      headers,
      payload: Buffer.from(picture),
    });
  };

  it('finds nothing wrong with the names, types and help of the metrics', async () => {
    expect((await translate()).statusCode).toBe(200);
    const metrics = (await service.app.inject({ url: '/metrics' })).body;
    expect(metrics).toContain('unpaired_requests_total{');
    expect(promtool(['check', 'metrics'], metrics)).toEqual({ status: 0, output: '' });
  });

  it('scrapes the service, and answers what the autoscalers and the alerts ask', async () => {
    await expect.poll(() => ask('sum(unpaired_ready)'), { timeout: 30_000 }).toEqual([1]);
    lanes.hold();
    const before = lanes.runs.length;
    answers.push(...Array.from({ length: 6 }, translate));
    await expect.poll(() => lanes.runs.length).toBeGreaterThan(before);
    await expect.poll(() => ask('unpaired_queued_items'), { timeout: 10_000 }).toEqual([5]);

    const [object] = readYaml(inKubernetes('components/keda/scaled-object.yaml')) as [Manifest];
    const { triggers } = object.spec as { triggers: { metadata: { query: string } }[] };
    const [queued = '', utilisation = ''] = triggers.map(({ metadata }) => metadata.query);
    // A mean over the last seconds, in which the queue was empty and had five.
    const [mean] = await poll(
      () => ask(queued),
      ([value = 0]) => value > 0,
    );
    expect(mean).toBeLessThanOrEqual(5);
    expect(
      await poll(
        () => ask(utilisation),
        ({ length }) => length > 0,
      ),
    ).toEqual([expect.any(Number)]);
    const recorded = await poll(
      () => ask('unpaired:queued_items:per_ready_replica'),
      ([value = 0]) => value > 0,
    );
    expect(recorded).toHaveLength(1);

    const health = (await (await fetch(`${url}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
    };
    const evaluated = health.data.groups.flatMap((group) => group.rules);
    expect(evaluated.length).toBeGreaterThan(5);
    expect(evaluated.filter((rule) => rule.health !== 'ok')).toEqual([]);
  });
});

/** What a question gives as soon as it is good; what it gave last when it never is. */
async function poll<T>(question: () => Promise<T>, good: (answer: T) => boolean): Promise<T> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await question();
    if (good(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return question();
}

function configuration(port: number): string {
  return JSON.stringify({
    global: { scrape_interval: '250ms', scrape_timeout: '250ms', evaluation_interval: '250ms' },
    rule_files: [rules],
    scrape_configs: [
      {
        job_name: 'unpaired',
        static_configs: [
          { targets: [`127.0.0.1:${port}`], labels: { namespace: 'unpaired', pod: 'unpaired-0' } },
        ],
      },
    ],
  });
}

/** A port that was free a moment ago: Prometheus does not tell which it took. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
