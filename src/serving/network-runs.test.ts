import { describe, expect, it, vi } from 'vitest';
import { type Tensor, tensor } from '../core/tensor.ts';
import { ClientLeftError, DeadlineExceededError } from './errors.ts';
import { NetworkRuns } from './network-runs.ts';
import { StageClock } from './stage-clock.ts';
import { startScheduler } from './testing/scheduler-work.ts';
import type { Translator } from './translators/translator.ts';
import { type Urgency, unhurried } from './work.ts';

const feeds = { input: tensor('uint8', [1, 1], Uint8Array.of(7)) };

/** The runs of a request for a model whose network `bad` fails. */
function start(lanes = 1, urgency: Urgency = unhurried, maxBatch = 1) {
  const started = startScheduler(
    { maxBatch },
    {
      lanes,
      milliseconds: 5,
      network: (given, key) => {
        if (key === 'bad') throw new Error('no');
        return { output: given.input as NonNullable<typeof given.input> };
      },
    },
  );
  const model = {
    translator: { maxBatch: () => maxBatch } as Pick<Translator, 'maxBatch'> as Translator,
    networkKey: (network: string) => network,
  };
  const { signal } = new AbortController();
  const { scheduler } = started;
  const runs = new NetworkRuns({ model, scheduler, clock: new StageClock(), urgency, signal });
  return { ...started, model, runs };
}

describe('NetworkRuns', () => {
  it('is over at once when nothing runs', async () => {
    const { runs } = start();
    await runs.run('good', feeds);
    const over = vi.fn();
    runs.end(over);
    expect(over).toHaveBeenCalledOnce();
  });

  it('lets many wait without a warning', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    const { runs } = start();
    await Promise.all(Array.from({ length: 16 }, () => runs.run('good', feeds)));
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });

  it('drops what waits when a run fails', async () => {
    const { runs, lanes, observer } = start();
    const all = ['bad', 'good', 'good'].map((network) => runs.run(network, feeds));
    const ended = await Promise.allSettled(all);
    expect(ended.map((each) => each.status === 'rejected' && String(each.reason))).toEqual([
      'Error: no',
      // Its lane had begun it when the first was looked at.
      false,
      String(new ClientLeftError()),
    ]);
    expect(lanes.runs).toHaveLength(2);
    expect(observer.dropped).toHaveBeenCalledExactlyOnceWith(1, 'client_left');
  });

  it('is over only when lanes no longer compute for it', async () => {
    const { runs, lanes } = start(2);
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const run = lanes.run.bind(lanes);
    lanes.run = async (key, given, limit) => {
      if (key === 'slow') await gate;
      return run(key, given, limit);
    };
    const slow = runs.run('slow', feeds);
    await expect(runs.run('bad', feeds)).rejects.toThrow('no');
    const over = vi.fn();
    runs.end(over);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(over).not.toHaveBeenCalled();
    open();
    await slow;
    await vi.waitFor(() => expect(over).toHaveBeenCalledOnce());
  });

  it('goes on before requests that came after it', async () => {
    const { runs, model, scheduler, lanes } = start();
    const { signal } = new AbortController();
    const later = new NetworkRuns({ model, scheduler, clock: new StageClock(), urgency: unhurried, signal });
    const item = (value: number) => ({ input: tensor('uint8', [1, 1], Uint8Array.of(value)) });
    const first = runs.run('encoder', item(1));
    const others = [11, 12].map((value) => later.run('encoder', item(value)));
    await first;
    await Promise.all([runs.run('generator', item(2)), ...others]);
    // One of the others was on its way to the lane already.
    expect(lanes.runs.map(({ input }) => input?.data[0])).toEqual([1, 11, 2, 12]);
  });

  it('finishes what it has begun, and begins nothing, after the deadline', async () => {
    const deadline = performance.now() + 30;
    const { runs } = start(1, { ...unhurried, deadline });
    await runs.run('encoder', feeds);
    while (performance.now() <= deadline);
    await expect(runs.run('generator', feeds)).resolves.toHaveProperty('output');
    const late = start(1, { ...unhurried, deadline }).runs;
    await expect(late.run('encoder', feeds)).rejects.toThrow(DeadlineExceededError);
  });

  it('runs loops, whose steps share runs with those of other requests', async () => {
    const { runs, model, scheduler, lanes } = start(1, unhurried, 16);
    const { signal } = new AbortController();
    const options = { model, scheduler, clock: new StageClock(), urgency: unhurried, signal };
    const others = [1, 2, 3].map(() => new NetworkRuns(options));
    const left = vi.spyOn(scheduler.steps, 'end');
    const iterate = async (each: NetworkRuns) => {
      const loop = each.loop('generator');
      let value = feeds;
      for (let step = 0; step < 10; step++)
        value = { input: (await loop.run(value)).output as Tensor<'uint8'> };
      loop.end();
      return value;
    };
    const results = await Promise.all([runs, ...others].map(iterate));
    expect(results).toEqual(results.map(() => feeds));
    expect(lanes.runs.slice(1, 10).map(({ input }) => input?.dims[0])).toEqual(new Array(9).fill(4));
    expect(new Set(left.mock.calls.flat()).size).toBe(4);
  });

  it('runs the steps of sequences, tells which are lost, and ends them', async () => {
    const { runs, lanes } = start();
    const { step, forget } = runs.sequences('good');
    const at = (position: number) => step(feeds, { sequence: 'a', position, count: 1 });
    await expect(at(0)).resolves.toEqual({ output: feeds.input });
    await expect(at(1)).resolves.toEqual({ output: feeds.input });
    lanes.kept[0]?.clear();
    await expect(at(2)).resolves.toBeUndefined();
    await expect(at(0)).resolves.toEqual({ output: feeds.input });
    forget('a');
    expect(lanes.kept[0]?.size).toBe(0);
    await expect(runs.sequences('bad').step(feeds, { sequence: 'b', position: 0, count: 1 })).rejects.toThrow(
      'no',
    );
    // The request has failed.
    await expect(at(0)).rejects.toThrow(ClientLeftError);
  });

  it('tells when others may come back, by the steps that it will still make', async () => {
    const { runs, scheduler } = start();
    await runs.run('good', feeds);
    expect(scheduler.retryAfterSeconds).toBe(1);
    // At 5 ms each, or a little less by the clock of a timer.
    runs.expect('good', 1000, 1);
    expect(scheduler.retryAfterSeconds).toBeGreaterThanOrEqual(4);
    runs.end();
    expect(scheduler.retryAfterSeconds).toBe(1);
  });

  it('counts its steps down, and no other runs', async () => {
    const { runs, scheduler } = start();
    const expected = { made: vi.fn(), end: vi.fn() };
    const expecting = vi.spyOn(scheduler.steps, 'expect').mockReturnValue(expected);
    runs.expect('good', 2, 1);
    expect(expecting).toHaveBeenCalledExactlyOnceWith('good', 2, 1);
    await runs.run('good', feeds);
    expect(expected.made).not.toHaveBeenCalled();
    await runs.loop('good').run(feeds);
    await runs.sequences('good').step(feeds, { sequence: 'a', position: 0, count: 1 });
    expect(expected.made).toHaveBeenCalledTimes(2);
    runs.end();
    expect(expected.end).toHaveBeenCalledOnce();
  });
});
