import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { BareSessions } from '../../bench/serving/bare-sessions.ts';
import { networkInput } from '../../bench/serving/model-load.ts';
import { type Manifest, parseManifest } from '../../src/core/manifest.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { availableThreads } from '../../src/runtime/index.ts';
import { laneLayout, readConfig } from '../../src/serving/index.ts';

/** Pictures a second of nothing but the model, on as many sessions as the service has lanes, with the same threads. */
export interface BareRate {
  readonly lanes: number;
  readonly threadsPerLane: number;
  readonly before: number;
  readonly after: number;
}

/** About how long one measurement takes. */
const measuringSeconds = 2;

/** Measures the bare sessions of a model before and after something, as the machine may be slower at times. */
export class BareRuns {
  readonly layout: { readonly lanes: number; readonly threadsPerLane: number };
  readonly #sessions: BareSessions;
  readonly #feeds: Readonly<Record<string, Tensor>>;
  #rate = 0;

  private constructor(
    layout: BareRuns['layout'],
    sessions: BareSessions,
    feeds: Readonly<Record<string, Tensor>>,
  ) {
    this.layout = layout;
    this.#sessions = sessions;
    this.#feeds = feeds;
  }

  /** @param folder of the model package, @param picture that the network is run on */
  static async open(folder: string, picture: Uint8Array): Promise<BareRuns> {
    const manifest = parseManifest(await readFile(path.join(folder, 'manifest.json'), 'utf8'), folder);
    const { network, feeds } = await networkInput(manifest, picture);
    const { file } = manifest.networks[network] as Manifest['networks'][string];
    // The service reads the same variables, so it has chosen the same.
    const config = readConfig(process.env);
    const layout = laneLayout(config, availableThreads());
    const session = {
      provider: config.PROVIDER,
      deviceId: config.DEVICE_ID,
      threads: layout.threadsPerLane,
    };
    const sessions = await BareSessions.open(path.join(folder, file), layout.lanes, session);
    const runs = new BareRuns(layout, sessions, feeds);
    // The first run of a session also allocates; the second tells how many fit.
    await sessions.measure(feeds, layout.lanes);
    runs.#rate = await sessions.measure(feeds, layout.lanes);
    return runs;
  }

  /** Pictures a second. */
  async measure(): Promise<number> {
    this.#rate = await this.#sessions.measure(
      this.#feeds,
      Math.max(this.layout.lanes, Math.ceil(this.#rate * measuringSeconds)),
    );
    return this.#rate;
  }

  close(): Promise<void> {
    return this.#sessions.close();
  }
}
