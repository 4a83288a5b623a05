import { afterAll, beforeAll, expect, it } from 'vitest';
import { encode } from '../image/index.ts';
import { LanePool } from '../runtime/index.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { pictureForm, startHarness } from './testing/harness.ts';
import { writePackage } from './testing/model-package.ts';

/** Models change while they serve, on real lanes. */

const permuted = (perm: number[]) =>
  tinyModel({
    inputs: [{ name: 'input', dtype: 'uint8', shape: ['n', 'h', 'w', 3] }],
    outputs: [{ name: 'output', dtype: 'uint8', shape: ['n', 'h', 'w', 3] }],
    nodes: [{ operator: 'Transpose', inputs: ['input'], outputs: ['output'], integers: { perm } }],
  });
const same = permuted([0, 1, 2, 3]);
const transposed = permuted([0, 2, 1, 3]);

let pool: LanePool;
let service: Awaited<ReturnType<typeof startHarness<LanePool>>>;
beforeAll(async () => {
  pool = await LanePool.start({ lanes: 2, threadsPerLane: 1, provider: 'cpu' });
  service = await startHarness<LanePool>({
    lanes: pool,
    environment: { MAX_BATCH: '4' },
    models: (root) => writePackage(root, { name: 'turner', onnx: same }),
  });
});
afterAll(() => service?.close());

it('no request fails while versions come and go under load, and each gets the pixels of its version', async () => {
  const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, index) => (index * 31) % 256);
  const { payload, headers } = pictureForm(await encode({ width: 16, height: 16, data }, { format: 'png' }));
  const answers: { status: number; version: unknown; body: string }[] = [];
  let over = false;
  const client = async () => {
    while (!over) {
      const url = '/translate/turner';
      const answer = await service.app.inject({ method: 'POST', url, headers, payload });
      const version = answer.headers['unpaired-model-version'];
      answers.push({ status: answer.statusCode, version, body: answer.rawPayload.toString('base64') });
    }
  };
  const clients = Array.from({ length: 6 }, client);
  const someMore = async () => {
    const before = answers.length;
    await expect.poll(() => answers.length, { timeout: 10_000 }).toBeGreaterThan(before + 20);
  };
  await someMore();
  for (const [version, onnx] of [
    ['2', transposed],
    ['3', same],
    ['4', transposed],
  ] as const) {
    await writePackage(service.root, { name: 'turner', version, onnx });
    await service.catalog.reload('turner');
    await someMore();
    expect(answers.at(-1)?.version).toBe(version);
  }
  over = true;
  await Promise.all(clients);
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  const bodies = new Map(['1', '2', '3', '4'].map((version) => [version, new Set<string>()]));
  for (const { version, body } of answers) bodies.get(String(version))?.add(body);
  expect([...bodies.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1]);
  expect(bodies.get('1')).toEqual(bodies.get('3'));
  expect(bodies.get('2')).toEqual(bodies.get('4'));
  expect(bodies.get('1')).not.toEqual(bodies.get('2'));
  await expect
    .poll(() => service.catalog.entries.map(({ state }) => state))
    .toEqual(['ready', 'unloaded', 'unloaded', 'unloaded']);
  const feeds = { input: { dtype: 'uint8' as const, dims: [1, 1, 1, 3], data: new Uint8Array(3) } };
  await expect(pool.run('turner/3/generator', feeds)).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
});

it('what is no graph is refused, and the version before it serves', async () => {
  await writePackage(service.root, { name: 'turner', version: '5' });
  await expect(service.catalog.reload('turner')).rejects.toMatchObject({ code: 'MODEL_LOAD_REFUSED' });
  expect(service.catalog.find('turner').version).toBe('4');
});
