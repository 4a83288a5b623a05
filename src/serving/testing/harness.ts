import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildApp } from '../app.ts';
import { Catalog } from '../catalog.ts';
import { readConfig } from '../config.ts';
import type { Lanes } from '../lanes.ts';
import { Lifecycle } from '../lifecycle.ts';
import type { Tracing } from '../tracing.ts';
import { batchPolicy } from '../tuning/batch-policy.ts';
import type { Tuning } from '../tuning/tuning-schema.ts';
import { FakeLanes } from './fake-lanes.ts';
import { writePackage } from './model-package.ts';

export interface HarnessOptions<L extends Lanes> {
  readonly lanes?: L;
  /** Environment variables of the service. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Fills the folder of models. Default: one good package named `inverter`. */
  readonly models?: (root: string) => Promise<unknown>;
  /** False: the test loads the catalog itself. */
  readonly load?: boolean;
  /** What was measured on this device. Default: nothing. */
  readonly tuning?: Tuning;
  /** Default: no spans. */
  readonly tracing?: Tracing | undefined;
  /** Also collect metrics of the process. Default false. */
  readonly processMetrics?: boolean;
}

/** A service on a temporary folder of models. */
export async function startHarness<L extends Lanes = FakeLanes>(options: HarnessOptions<L> = {}) {
  const root = await mkdtemp(path.join(tmpdir(), 'unpaired-models-'));
  await (options.models ?? ((folder: string) => writePackage(folder, { name: 'inverter' })))(root);
  const lanes = options.lanes ?? (new FakeLanes() as Lanes as L);
  const lifecycle = new Lifecycle();
  const config = readConfig({ MODELS_DIR: root, ...options.environment });
  const catalog = new Catalog({
    root,
    lanes,
    versions: config.MODEL_VERSIONS,
    batching: batchPolicy(config, { provider: lanes.lanes[0]?.provider ?? 'cpu', tuning: options.tuning }),
    stepsPerRun: config.STEPS_PER_RUN,
  });
  const app = await buildApp({
    config,
    catalog,
    lanes,
    lifecycle,
    version: '0.0.0-test',
    tracing: options.tracing,
    processMetrics: options.processMetrics ?? false,
  });
  if (options.load !== false) await catalog.load();
  await app.ready();
  return {
    app,
    catalog,
    lanes,
    lifecycle,
    root,
    async close() {
      await app.close();
      await lanes.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export interface FormPart {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly filename?: string;
  readonly type?: string;
}

/** A multipart/form-data body by hand, so that tests can also write wrong ones. */
export function form(parts: readonly FormPart[]): { payload: Buffer; headers: Record<string, string> } {
  const boundary = 'unpaired-test-boundary';
  const pieces = parts.flatMap(({ name, content, filename, type }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n` +
        `${type === undefined ? '' : `Content-Type: ${type}\r\n`}\r\n`,
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return {
    payload: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}

/** The usual form: one file in the field `image`, and fields beside it. */
export function pictureForm(image: Uint8Array, fields: Readonly<Record<string, string>> = {}) {
  return form([
    { name: 'image', content: image, filename: 'picture.png', type: 'image/png' },
    ...Object.entries(fields).map(([name, content]) => ({ name, content })),
  ]);
}
