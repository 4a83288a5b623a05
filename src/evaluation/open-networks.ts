import path from 'node:path';
import type { NetworkManifest } from '../core/manifest.ts';
import type { Tensor } from '../core/tensor.ts';
import { Session, type SessionOptions } from '../runtime/index.ts';

/**
 * Opens networks of a package, all or none.
 * @param folder of the package, whose files have been checked
 * @returns the sessions in the order of the networks
 */
export async function openNetworks(
  folder: string,
  networks: readonly NetworkManifest[],
  options: SessionOptions,
): Promise<Session[]> {
  const open: Session[] = [];
  try {
    for (const { file } of networks) open.push(await Session.create(path.join(folder, file), options));
    return open;
  } catch (cause) {
    await Promise.all(open.map((session) => session.dispose()));
    throw cause;
  }
}

/** Runs a network for its first output. */
export async function onlyOutput(session: Session, feeds: Readonly<Record<string, Tensor>>): Promise<Tensor> {
  const [name = ''] = session.outputNames;
  const results = await session.run(feeds, [name]);
  return results[name] as Tensor;
}
