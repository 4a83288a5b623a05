import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { blankPixels, encode } from '../image/index.ts';
import { apiKeyLine, createApiKey } from '../serving/access/api-keys.ts';
import { deviceHere, type Tuning, writeTuning } from '../serving/index.ts';
import { pictureForm } from '../serving/testing/harness.ts';
import { writePackage } from '../serving/testing/model-package.ts';
import { tinyModel } from '../testing/tiny-model.ts';

const identity = tinyModel({
  inputs: [{ name: 'input', dtype: 'uint8', shape: ['n', 'h', 'w', 3] }],
  outputs: [{ name: 'output', dtype: 'uint8', shape: ['n', 'h', 'w', 3] }],
  nodes: [{ operator: 'Identity', inputs: ['input'], outputs: ['output'] }],
});

/** A service in a process of its own, with what it wrote. */
interface Process {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  log: string;
}

const processes: Process[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const { child, ended } of processes.splice(0)) {
    if (child.exitCode === null) child.kill('SIGKILL');
    await ended;
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

function start(environment: Record<string, string>): Process {
  const script = `import(${JSON.stringify(new URL('./serve.ts', import.meta.url).href)})
    .then(({ serve }) => serve())
    .catch((error) => { console.error(error.message); process.exit(1); })`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
    env: { ...process.env, PORT: '0', LANES: '1', THREADS_PER_LANE: '1', PROVIDER: 'cpu', ...environment },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const started: Process = {
    child,
    ended: new Promise((resolve) => child.once('exit', resolve)),
    log: '',
  };
  child.stderr?.on('data', (chunk: Buffer) => {
    started.log += chunk.toString();
  });
  processes.push(started);
  return started;
}

/** Status of an answer that arrived whole; refused: the connection was. */
async function status(request: () => Promise<Response>): Promise<number | 'refused'> {
  try {
    const answer = await request();
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 'refused';
  }
}

async function modelsFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-serve-'));
  folders.push(folder);
  await writePackage(folder, { name: 'identity', onnx: identity });
  return folder;
}

async function ready(service: Process): Promise<string> {
  await expect.poll(() => service.log, { timeout: 30_000 }).toContain('"msg":"ready');
  return /listening on (http:\/\/[\d.:]+)/.exec(service.log)?.[1] as string;
}

describe('serve', () => {
  it('serves, and ends with 0 after SIGTERM: not ready first, still serving, then gone', async () => {
    const drain = 2000;
    const service = start({ MODELS_DIR: await modelsFolder(), DRAIN_MS: String(drain) });
    const url = await ready(service);
    // Encoding takes long enough, on a fast machine too, for the door to close on requests in flight.
    const side = 896;
    const random = Random.of(1);
    const data = Uint8Array.from({ length: side * side * 3 }, () => random.integer(256));
    const { payload, headers } = pictureForm(
      await encode({ width: side, height: side, data }, { format: 'png' }),
      { size: 'original', format: 'avif' },
    );
    const translate = () =>
      fetch(`${url}/translate/identity`, { method: 'POST', headers, body: new Uint8Array(payload) });
    expect((await translate()).status).toBe(200);

    const outcomes: { begun: number; ended: number; outcome: number | 'refused' }[] = [];
    const clients = Array.from({ length: 4 }, async () => {
      while (service.child.exitCode === null) {
        const begun = performance.now();
        const outcome = await status(translate);
        outcomes.push({ begun, ended: performance.now(), outcome });
        if (outcome === 'refused') await sleep(20);
      }
    });
    const door = performance.now() + drain;
    service.child.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(503);
    expect(await service.ended).toBe(0);
    await Promise.all(clients);
    // Who came before the door closed is answered; later ones are, or are told to go, or find nobody.
    const accepted = outcomes.filter(({ begun }) => begun < door - 200);
    expect(accepted.filter(({ outcome }) => outcome !== 200)).toEqual([]);
    expect(accepted.some(({ ended }) => ended > door)).toBe(true);
    const late = outcomes.filter((each) => !accepted.includes(each)).map(({ outcome }) => outcome);
    expect(late.filter((outcome) => outcome !== 200 && outcome !== 503 && outcome !== 'refused')).toEqual([]);
    expect(service.log).toContain('"msg":"stopped"');
  });

  it('starts the lanes that were measured to be fastest, on that device alone', async () => {
    const folder = await modelsFolder();
    const device = { ...deviceHere({ DEVICE_ID: 0 }), provider: 'cpu' };
    const layout = { lanes: 2, threadsPerLane: 1 };
    const tuning: Omit<Tuning, 'device'> = {
      schemaVersion: 1,
      measuredAt: new Date().toISOString(),
      ...layout,
      models: [],
    };
    const cases = [
      { file: 'same.json', device, provider: 'auto', expected: layout },
      {
        file: 'threads.json',
        device: { ...device, threads: 999 },
        provider: 'cpu',
        expected: { tuned: false },
      },
      // What auto comes to is known when a lane is up.
      {
        file: 'gpu.json',
        device: { ...device, provider: 'tpu' },
        provider: 'auto',
        expected: { tuned: false },
      },
    ];
    for (const { file, device, provider, expected } of cases) {
      const own = path.join(folder, file);
      await writeTuning(own, { ...tuning, device });
      const automatic = { LANES: 'auto', THREADS_PER_LANE: 'auto', PROVIDER: provider };
      const service = start({ MODELS_DIR: folder, DRAIN_MS: '0', TUNING_FILE: own, ...automatic });
      await ready(service);
      const lines = service.log.split('\n').filter((line) => line.includes('starting lanes'));
      expect(JSON.parse(lines.at(-1) as string)).toMatchObject(expected);
      expect(service.log.split(`${file} is not used: it was measured with`).length - 1).toBe(
        expected === layout ? 0 : 1,
      );
      service.child.kill('SIGTERM');
      expect(await service.ended).toBe(0);
    }
  });

  it('asks for keys, logs whose came and never a key, and says when it is open to strangers', async () => {
    const [known, guessed] = [createApiKey(), createApiKey()];
    const folder = await modelsFolder();
    const file = path.join(folder, 'keys.txt');
    await writeFile(file, apiKeyLine('alice', known));
    const settings = { MODELS_DIR: folder, DRAIN_MS: '0', LOG_LEVEL: 'trace', HOST: '0.0.0.0' };
    const [guarded, open] = [start({ ...settings, API_KEYS_FILE: file }), start(settings)];
    const url = await ready(guarded);
    const picture = await encode(blankPixels({ width: 16, height: 16 }, [5, 6, 7]), { format: 'png' });
    const translate = async (key: Record<string, string>, query = '') => {
      const { payload, headers } = pictureForm(picture);
      const request = { method: 'POST', headers: { ...headers, ...key }, body: new Uint8Array(payload) };
      return status(() => fetch(`${url}/translate/identity${query}`, request));
    };
    expect(await translate({ authorization: `Bearer ${known}` })).toBe(200);
    expect(await translate({ 'x-api-key': guessed })).toBe(401);
    // In the wrong place, and together with a fault that is logged.
    expect(await translate({ authorization: `Bearer ${known}` }, `?key=${known}`)).toBe(422);
    expect(await translate({}, `/${guessed}?key=${known}`)).toBe(404);
    await ready(open);
    for (const { child } of [guarded, open]) child.kill('SIGTERM');
    expect(await Promise.all([guarded.ended, open.ended])).toEqual([0, 0]);
    expect(guarded.log).toContain('"key":"alice"');
    expect(guarded.log).toContain('"reason":"API_KEY_REQUIRED"');
    for (const secret of [known, guessed]) expect(guarded.log).not.toContain(secret.slice(9, 20));
    const warning = 'everyone who reaches 0.0.0.0 may use the service';
    expect([guarded.log.includes(warning), open.log.includes(warning)]).toEqual([false, true]);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a bad variable',
      { QUEUE_LIMIT: 'many' },
      'QUEUE_LIMIT must be a whole number from 1 to 100000, got "many"',
    ],
    [
      'a folder of models that is not there',
      { MODELS_DIR: '/nowhere' },
      'MODELS_DIR "/nowhere" cannot be read',
    ],
  ])('%s ends with 1 and one line that says what is wrong', async (_what, environment, message) => {
    const service = start(environment);
    expect(await service.ended).toBe(1);
    expect(service.log).toContain(message);
    expect(service.log).not.toMatch(/\n\s+at /);
  });

  it('a provider that cannot run here ends with 1 and one line that says what to install', async () => {
    // No machine has so many graphics cards.
    const service = start({ MODELS_DIR: await modelsFolder(), PROVIDER: 'cuda', DEVICE_ID: '127' });
    expect(await service.ended).toBe(1);
    const lines = service.log.trimEnd().split('\n');
    // With CUDA installed, ONNX Runtime prints lines of its own before it.
    expect(lines.filter((line) => !line.startsWith('{')).slice(-1)).toEqual([
      expect.stringMatching(/^provider cuda does not work here \(.+\); .+ CUDA 12 and cuDNN 9/),
    ]);
  });
});
