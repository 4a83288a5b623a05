import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../src/core/random.ts';
import { type ArrivalProcess, arrivalTimes } from '../arrivals.ts';
import { type LoadFigures, Recorder } from './recorder.ts';
import type { Outcome } from './sender.ts';

/** Sends one request that is due at `intended`; both as `performance.now()` counts. Never rejects. */
export type SendOne = (intended: number, began: number) => Promise<Outcome>;

interface LoopBounds {
  /** How long requests are sent. */
  readonly seconds: number;
  /** Most requests. */
  readonly requests: number;
}

export interface OpenLoop extends LoopBounds {
  readonly rate: number;
  readonly arrivals: ArrivalProcess;
  readonly maxOutstanding: number;
  readonly random: Random;
}

/** Timers are exact to about a millisecond: what is due sooner is sent now. */
const timerMilliseconds = 1;

/**
 * Sends requests at a rate that does not depend on the answers, and waits for the last. Each is measured from when it
 * was due, so that a service that stalls is charged for all that would have come meanwhile (no coordinated omission).
 */
export async function openLoop(send: SendOne, options: OpenLoop): Promise<LoadFigures> {
  const { seconds, requests, rate, arrivals, maxOutstanding, random } = options;
  const recorder = new Recorder(seconds);
  const outstanding = new Set<Promise<void>>();
  const began = performance.now();
  let left = requests;
  for (const second of arrivalTimes([{ seconds, requestsPerSecond: rate }], arrivals, random)) {
    if (left-- === 0) break;
    const intended = began + 1000 * second;
    const wait = intended - performance.now();
    // Without giving way, answers would not be read while requests are late.
    await (wait > timerMilliseconds ? sleep(wait) : new Promise(setImmediate));
    if (outstanding.size >= maxOutstanding) {
      recorder.recordNotSent(intended - began);
      continue;
    }
    const done = send(intended, began).then((outcome) => {
      recorder.record(outcome);
      outstanding.delete(done);
    });
    outstanding.add(done);
  }
  await Promise.all(outstanding);
  return recorder.figures();
}

/** Clients that each send the next request when the last is answered: never more at once than there are clients. */
export async function closedLoop(
  send: SendOne,
  { clients, seconds, requests }: LoopBounds & { readonly clients: number },
): Promise<LoadFigures> {
  const recorder = new Recorder(seconds);
  const began = performance.now();
  let left = requests;
  const client = async () => {
    while (performance.now() < began + 1000 * seconds && left-- > 0)
      recorder.record(await send(performance.now(), began));
  };
  await Promise.all(Array.from({ length: clients }, client));
  return recorder.figures();
}
