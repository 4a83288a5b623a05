import { UnpairedError } from '../core/errors.ts';

/** The user pressed Ctrl-C, or the process was told to end. */
export class InterruptedError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'INTERRUPTED', status: 499, report: false });
  }
}

/**
 * Does work that can be stopped: the first SIGINT or SIGTERM fires the signal, so that the work can leave things in
 * order; a second one ends the process at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const onSignal = () => {
    stop.abort();
    for (const name of signals) process.off(name, onSignal);
  };
  for (const name of signals) process.on(name, onSignal);
  try {
    return await work(stop.signal);
  } finally {
    for (const name of signals) process.off(name, onSignal);
  }
}
