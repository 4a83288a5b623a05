import { availableThreads } from '../../src/runtime/index.ts';
import { laneLayout, readConfig, usableTuning } from '../../src/serving/index.ts';

/** How a service of ours shares the processor out. */
export interface ServedLayout {
  readonly lanes: number;
  readonly threadsPerLane: number;
}

/**
 * Lanes and threads of a service on a folder of models: it reads the same variables and the same measurements of `unpaired tune`,
 * so it has chosen the same.
 * @param provider that runs there, as /readyz says
 */
export async function servedLayout(
  models: string,
  provider: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<ServedLayout> {
  const config = readConfig({ ...environment, MODELS_DIR: models });
  // Why a file is not used is in the log of the service.
  const tuning = await usableTuning(config, provider, () => {});
  return laneLayout(config, availableThreads(), tuning);
}

/**
 * The provider that a service runs on.
 * @param url of the service, which has a lane that is up
 */
export async function providerOf(url: URL | string): Promise<string> {
  const answer = await fetch(new URL('/readyz', url));
  const { provider } = (await answer.json()) as { provider: { running: string } };
  return provider.running;
}
