import { describe, expect, it, vi } from 'vitest';
import { blankPixels, encode, type Pixels } from '../image/index.ts';
import type { MadePicture } from './answers/made-picture.ts';
import { ClientLeftError, DeadlineExceededError } from './errors.ts';
import { StyleCodes } from './guidance/style-codes.ts';
import { translatePicture } from './pipeline.ts';
import { Scheduler } from './scheduler.ts';
import { FakeLanes } from './testing/fake-lanes.ts';
import type { Translator } from './translators/translator.ts';
import { unhurried } from './work.ts';

const image = await encode(blankPixels({ width: 16, height: 16 }, [1, 2, 3]), { format: 'png' });

const answer = async ([made]: readonly MadePicture[]) => {
  const { pixels } = made as MadePicture;
  return { width: pixels.width, bytes: await encode(pixels, { format: 'png' }) };
};

/** What happens in the middle of a stage. */
type Interruption = Partial<Record<'prepare' | 'run' | 'finish', () => void>>;

/** A translation by a model of one network, and the parts that it goes through. */
function start(interruption: Interruption = {}) {
  const lanes = new FakeLanes({
    network: (feeds) => {
      interruption.run?.();
      return { output: feeds.input as NonNullable<typeof feeds.input> };
    },
  });
  const observer = { batchDone: vi.fn(), dropped: vi.fn() };
  const scheduler = new Scheduler(
    lanes,
    { queueLimit: 1, maxBatch: 1, maxBatchDelay: 0, priorityStep: 0, prefetch: 0 },
    observer,
  );
  let picture: Pixels | undefined;
  const translator: Translator = {
    prepare: async (pixels) => {
      picture = pixels;
      interruption.prepare?.();
      const { width, height, data } = pixels;
      return { input: { dtype: 'uint8', dims: [1, height, width, 3], data } };
    },
    run: async (feeds, runNetwork) => [await runNetwork('generator', feeds)],
    finish: async () => {
      interruption.finish?.();
      return picture as Pixels;
    },
    inputs: [],
    outputs: [],
    attributes: undefined,
    warmUp: async () => [],
    maxBatch: () => 1,
  };
  const policy = { width: 16, height: 16, flexible: false, multipleOf: 4, maximumPixels: 256 };
  const model = {
    name: 'same',
    version: '1',
    image: policy,
    translator,
    networkKey: (network: string) => network,
  };
  const translate = (signal: AbortSignal, urgency = unhurried) =>
    translatePicture(
      { model, image, size: 'model', guidance: undefined, urgency, signal, answer },
      { scheduler, styleCodes: new StyleCodes(0), limits: { maximumBytes: 1e6, maximumPixels: 1e6 } },
    );
  return { lanes, scheduler, observer, translate };
}

describe('a client that leaves', () => {
  const leaving = () => new AbortController();

  it('while its picture is decoded costs no run', async () => {
    const { lanes, scheduler, translate } = start();
    const client = leaving();
    const translated = translate(client.signal);
    client.abort();
    await expect(translated).rejects.toThrow(ClientLeftError);
    expect(lanes.runs).toHaveLength(0);
    expect(scheduler.admittedItems).toBe(0);
  });

  it.each<[keyof Interruption, number]>([
    ['prepare', 0],
    ['run', 1],
    ['finish', 1],
  ])('in the stage %s leaves no place taken, and costs %i runs', async (stage, runs) => {
    const client = leaving();
    const { lanes, scheduler, translate } = start({ [stage]: () => client.abort() });
    await expect(translate(client.signal)).rejects.toThrow(ClientLeftError);
    expect(lanes.runs).toHaveLength(runs);
    expect([scheduler.admittedItems, scheduler.queuedItems]).toEqual([0, 0]);
    // The only place is free for the next.
    scheduler.admit(1, unhurried).release();
  });

  it('while its answer is encoded leaves no place taken', async () => {
    const client = leaving();
    const { scheduler, translate } = start({ finish: () => setImmediate(() => client.abort()) });
    await expect(translate(client.signal)).rejects.toThrow(ClientLeftError);
    expect(scheduler.admittedItems).toBe(0);
  });
});

it('a deadline that passes before the run gives the place back', async () => {
  const deadline = performance.now() + 100;
  const wait = () => {
    while (performance.now() < deadline);
  };
  const { lanes, scheduler, observer, translate } = start({ prepare: wait });
  const { signal } = new AbortController();
  await expect(translate(signal, { ...unhurried, deadline })).rejects.toThrow(DeadlineExceededError);
  expect(lanes.runs).toHaveLength(0);
  expect(observer.dropped).toHaveBeenCalledExactlyOnceWith(1, 'expired');
  expect(scheduler.admittedItems).toBe(0);
});

it('a deadline that passes during the run does not take the answer away', async () => {
  const deadline = performance.now() + 100;
  const wait = () => {
    while (performance.now() < deadline);
  };
  const { translate } = start({ run: wait });
  const { signal } = new AbortController();
  await expect(translate(signal, { ...unhurried, deadline })).resolves.toMatchObject({ width: 16 });
});
