import path from 'node:path';
import { BareSessions } from '../../bench/serving/bare-sessions.ts';
import { manifestOf, networkInput } from '../../bench/serving/model-load.ts';
import type { ServedLayout } from '../../bench/serving/served-layout.ts';
import type { Manifest } from '../../src/core/manifest.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { readConfig } from '../../src/serving/index.ts';

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
  readonly layout: ServedLayout;
  readonly #sessions: BareSessions;
  readonly #feeds: Readonly<Record<string, Tensor>>;
  #rate = 0;

  private constructor(layout: ServedLayout, sessions: BareSessions, feeds: Readonly<Record<string, Tensor>>) {
    this.layout = layout;
    this.#sessions = sessions;
    this.#feeds = feeds;
  }

  /**
   * @param folder of a model package of which `isOneRun`
   * @param picture that the network is run on
   * @param layout of the service
   */
  static async open(folder: string, picture: Uint8Array, layout: ServedLayout): Promise<BareRuns> {
    const manifest = await manifestOf(folder);
    const { network, feeds } = await networkInput(manifest, picture);
    const { file } = manifest.networks[network] as Manifest['networks'][string];
    const config = readConfig(process.env);
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
