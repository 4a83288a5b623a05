import type { Tensor } from '../../src/core/tensor.ts';
import { Session, type SessionOptions } from '../../src/runtime/index.ts';

/** What the process is started with, as JSON in its first argument. */
export interface BareSessionSettings {
  readonly model: string;
  readonly session: SessionOptions;
}

/** Parent to process: run the model so many times on the same inputs. */
export interface BareRuns {
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly runs: number;
}

/** Entry of a process that owns one session and does nothing else than run it. */
const { model, session: options } = JSON.parse(process.argv[2] ?? '{}') as BareSessionSettings;
const session = await Session.create(model, options);
process.on('message', async ({ feeds, runs }: BareRuns) => {
  const start = performance.now();
  for (let run = 0; run < runs; run++) await session.run(feeds);
  process.send?.(performance.now() - start);
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
