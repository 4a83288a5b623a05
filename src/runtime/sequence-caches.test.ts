import { describe, expect, it } from 'vitest';
import { float32, int64, type Tensor, toNumbers } from '../core/tensor.ts';
import type { SequenceStep } from './lane-messages.ts';
import { SequenceCaches } from './sequence-caches.ts';

const inputs = [
  { name: 'tokens', dtype: 'int64', shape: ['samples', 'tokens'] },
  { name: 'lengths', dtype: 'int64', shape: ['samples'] },
  { name: 'keys_0', dtype: 'float32', shape: ['samples', 1, 'capacity', 1] },
  { name: 'values_0', dtype: 'float32', shape: ['samples', 1, 'capacity', 1] },
] as const;

/** Bytes of one sequence of up to 64 tokens: keys and values, a number a token each. */
const sequenceBytes = 2 * 64 * 4;

/**
 * A network whose keys are its tokens, and whose logits at a place are the sum of all tokens up to there, and their
 * number: wrong as soon as one is missing, or is another's.
 */
class SummingNetwork {
  readonly inputs = inputs;
  /** Items of each run. */
  readonly runs: number[] = [];
  /** Tokens of an item of each run. */
  readonly tokens: number[] = [];
  /** Where the keys of each run lay. */
  readonly places: number[] = [];
  fails = false;

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    if (this.fails) throw new Error('it failed');
    const [n = 0, s = 0] = feeds.tokens?.dims ?? [];
    const [tokens, lengths] = [toNumbers(feeds.tokens as Tensor), toNumbers(feeds.lengths as Tensor)];
    const { data, dims } = feeds.keys_0 as Tensor<'float32'>;
    this.runs.push(n);
    this.tokens.push(s);
    this.places.push(data.byteOffset);
    const logits = Array.from({ length: n * s }, (_, place) => {
      const item = Math.floor(place / s);
      const start = item * (dims[2] as number);
      const kept = [...data.subarray(start, start + (lengths[item] as number))];
      const seen = [...kept, ...tokens.slice(item * s, place + 1)];
      return [seen.reduce((sum, token) => sum + token, 0), seen.length];
    });
    const added = float32([n, 1, s, 1], tokens);
    return { logits: float32([n, s, 2], logits.flat()), new_keys_0: added, new_values_0: added };
  }
}

/** Steps of sequences with their tokens, filled up with 99 to the longest. */
function start(ceilingBytes = Number.POSITIVE_INFINITY) {
  const network = new SummingNetwork();
  const caches = new SequenceCaches(ceilingBytes);
  const run = async (
    items: readonly (readonly [sequence: string, position: number, ...tokens: number[]])[],
    key = 'model',
  ) => {
    const longest = Math.max(...items.map(([, , ...tokens]) => tokens.length));
    const rows = items.map(([, , ...tokens]) => [
      ...tokens,
      ...new Array<number>(longest - tokens.length).fill(99),
    ]);
    const steps: SequenceStep[] = items.map(([sequence, position, ...tokens]) => ({
      sequence,
      position,
      count: tokens.length,
    }));
    const tokens = int64([items.length, longest], rows.flat());
    const { outputs, missing } = await caches.run(key, network, { tokens }, steps);
    const { logits } = outputs;
    const numbers = logits === undefined ? [] : toNumbers(logits);
    const answers = items.map((_, item) => numbers.slice(2 * item, 2 * item + 2));
    return { answers, missing, names: Object.keys(outputs), dims: logits?.dims };
  };
  return { caches, network, run };
}

describe('SequenceCaches', () => {
  it('go on with each sequence where it stands, and answer for its last token alone', async () => {
    const { run } = start();
    expect(await run([['a', 0, 1, 2, 3]])).toEqual({
      answers: [[6, 3]],
      missing: [],
      names: ['logits'],
      dims: [1, 2],
    });
    expect((await run([['b', 0, 10]])).answers).toEqual([[10, 1]]);
    const { answers, dims } = await run([
      ['b', 1, 20],
      ['a', 3, 4, 5],
      ['c', 0, 7, 8],
    ]);
    expect(answers).toEqual([
      [30, 2],
      [15, 5],
      [15, 2],
    ]);
    expect(dims).toEqual([3, 2]);
    expect((await run([['a', 5, 1]])).answers).toEqual([[16, 6]]);
  });

  it('say which items are missing, and make the steps of the others', async () => {
    const { run, network } = start();
    await run([['a', 0, 1, 2]]);
    const { answers, missing } = await run([
      ['gone', 4, 5],
      ['a', 2, 3],
      ['short', 1, 6],
    ]);
    expect(missing).toEqual([0, 2]);
    expect(answers[1]).toEqual([6, 3]);
    expect(network.runs).toEqual([1, 1]);
    expect(await run([['a', 4, 9]])).toEqual({ answers: [[]], missing: [0], names: [], dims: undefined });
    expect(network.runs).toEqual([1, 1]);
    expect((await run([['gone', 0, 5]])).answers).toEqual([[5, 1]]);
  });

  it('make a step again whose answer was lost, and begin a sequence again', async () => {
    const { run, network } = start();
    await run([['a', 0, 1, 2]]);
    await run([['a', 2, 3]]);
    expect((await run([['a', 2, 3]])).answers).toEqual([[6, 3]]);
    network.fails = true;
    await expect(run([['a', 3, 4]])).rejects.toThrow('it failed');
    network.fails = false;
    expect((await run([['a', 3, 4]])).answers).toEqual([[10, 4]]);
    expect((await run([['a', 0, 8]])).answers).toEqual([[8, 1]]);
  });

  it('leave sequences that run together where they lie, whatever others there are', async () => {
    const { run, network } = start();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const name of names) await run([[name, 0, 1]]);
    const step = (group: readonly string[], position: number) =>
      run(group.map((name) => [name, position, names.indexOf(name)] as const));
    for (const position of [1, 2, 3]) {
      for (const group of [
        ['e', 'b', 'd'],
        ['a', 'f', 'c'],
      ]) {
        const { answers } = await step(group, position);
        expect(answers).toEqual(group.map((name) => [1 + position * names.indexOf(name), 1 + position]));
      }
    }
    const places = network.places.slice(-4);
    expect(places.slice(0, 2)).toEqual(places.slice(2));
    expect(new Set(places).size).toBe(2);
  });

  it('run what sequences begin with in common once, whether they begin together or later', async () => {
    const { run, network, caches } = start();
    const common = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const begun = await run([
      ['a', 0, ...common],
      ['b', 0, ...common],
      ['other', 0, 9, ...common],
      ['c', 0, ...common, 10, 11],
    ]);
    expect(begun.answers).toEqual([
      [45, 9],
      [45, 9],
      [54, 10],
      [66, 11],
    ]);
    expect([network.runs, network.tokens]).toEqual([
      [2, 2],
      [10, 2],
    ]);
    caches.forget('a');
    const later = await run([
      ['d', 0, ...common, 20],
      ['e', 0, ...common, 10, 12],
      ['f', 0, ...common, 10],
    ]);
    expect(later.answers).toEqual([
      [65, 10],
      [67, 11],
      [55, 10],
    ]);
    expect([network.runs.at(-1), network.tokens.at(-1)]).toEqual([3, 1]);
    const { answers } = await run(
      ['b', 'c', 'd', 'e', 'f'].map(
        (name, index) => [name, [9, 11, 10, 11, 10][index] as number, 100] as const,
      ),
    );
    expect(answers.map(([sum]) => sum)).toEqual([145, 166, 165, 167, 155]);
  });

  it('share nothing that was begun anew, failed, or is kept no more', async () => {
    const { run, network, caches } = start();
    const common = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const anew = common.map((token) => token + 1);
    await run([['a', 0, ...common]]);
    await run([['a', 0, ...anew]]);
    expect((await run([['b', 0, ...common]])).answers).toEqual([[45, 9]]);
    expect(network.tokens).toEqual([9, 9, 9]);
    caches.forget('b');
    network.fails = true;
    await expect(run([['c', 0, ...common]])).rejects.toThrow('it failed');
    network.fails = false;
    expect((await run([['d', 0, ...common]])).answers).toEqual([[45, 9]]);
    expect(network.tokens.at(-1)).toBe(9);
    // What was made twice counts once.
    await run([['a', 9, 50]]);
    await run([['a', 9, 60]]);
    expect((await run([['e', 0, ...anew, 60, 1]])).answers).toEqual([[54 + 61, 11]]);
    expect(network.tokens.at(-1)).toBe(1);
    const none = start(0);
    const both = await none.run([
      ['a', 0, ...common],
      ['b', 0, ...common],
    ]);
    expect(both.answers).toEqual([
      [45, 9],
      [45, 9],
    ]);
    expect(none.network.tokens).toEqual([9, 9]);
  });

  it('forget a sequence, and give back what it took', async () => {
    const { caches, run } = start();
    for (const name of ['a', 'b', 'c', 'd']) await run([[name, 0, 1, 2]]);
    caches.forget('b');
    caches.forget('nobody');
    expect((await run([['b', 2, 1]])).missing).toEqual([0]);
    const { answers } = await run(['a', 'c', 'd'].map((name) => [name, 2, 3] as const));
    expect(answers).toEqual([
      [6, 3],
      [6, 3],
      [6, 3],
    ]);
    for (const name of ['a', 'c', 'd']) caches.forget(name);
    expect(caches.bytes).toBe(0);
  });

  it('forget the sequences of a model that is closed, and no others', async () => {
    const { caches, run } = start();
    await run([['a', 0, 1]], 'one');
    await run([['b', 0, 2]], 'other');
    caches.forgetModel('one');
    expect(caches.bytes).toBe(sequenceBytes);
    expect((await run([['a', 1, 1]], 'one')).missing).toEqual([0]);
    expect((await run([['b', 1, 2]], 'other')).answers).toEqual([[4, 2]]);
  });

  it('keep to the ceiling: what was used longest ago goes first, of whatever model', async () => {
    const { caches, run } = start(3 * sequenceBytes);
    await run([['a', 0, 1]], 'one');
    await run([['b', 0, 1]], 'other');
    await run([['c', 0, 1]], 'one');
    await run([['a', 1, 1]], 'one');
    expect(caches.bytes).toBe(3 * sequenceBytes);
    await run([['d', 0, 1]], 'one');
    expect(caches.bytes).toBe(3 * sequenceBytes);
    expect((await run([['b', 1, 1]], 'other')).missing).toEqual([0]);
    await run([['e', 0, 1]], 'other');
    expect(caches.bytes).toBeLessThanOrEqual(3 * sequenceBytes);
    expect((await run([['c', 1, 1]], 'one')).missing).toEqual([0]);
    expect((await run([['a', 2, 1]], 'one')).answers).toEqual([[3, 3]]);
  });

  it('keep to the ceiling when sequences grow', async () => {
    const { caches, run } = start(3 * sequenceBytes);
    await run([['a', 0, ...new Array<number>(60).fill(1)]]);
    await run([['b', 0, 1]]);
    // Beyond 64 tokens every sequence has room for 128.
    expect((await run([['a', 60, 1, 1, 1, 1, 1]])).answers).toEqual([[65, 65]]);
    expect(caches.bytes).toBe(2 * sequenceBytes);
    expect((await run([['b', 1, 1]])).missing).toEqual([0]);
  });

  it('run what is more than the ceiling by itself, and keep of it what may be kept', async () => {
    const { caches, run } = start(2 * sequenceBytes);
    const all = ['a', 'b', 'c', 'd'];
    const { answers } = await run(all.map((name, index) => [name, 0, index, 1] as const));
    expect(answers).toEqual(all.map((_, index) => [index + 1, 2]));
    expect(caches.bytes).toBe(2 * sequenceBytes);
    expect((await run(all.map((name) => [name, 2, 5] as const))).missing).toEqual([0, 1]);
    const none = start(0);
    expect((await none.run([['a', 0, 4]])).answers).toEqual([[4, 1]]);
    expect(none.caches.bytes).toBe(0);
  });

  it('refuse a model that keeps nothing, and steps that do not fit the items', async () => {
    const { caches, network, run } = start();
    const tokens = int64([1, 1], [1]);
    const step = { sequence: 'a', position: 0, count: 1 };
    const plain = { inputs: inputs.slice(0, 1), run: network.run.bind(network) };
    await expect(caches.run('plain', plain, { tokens }, [step])).rejects.toThrow(
      'a model that goes on with sequences has inputs keys_0 [samples, heads, capacity, size of a head], got tokens [samples, tokens]',
    );
    await expect(
      caches.run('model', network, { tokens }, [step, { ...step, sequence: 'b' }]),
    ).rejects.toThrow('steps of 2 sequences, 2 in all, for inputs of 1 items');
    await expect(
      run([
        ['a', 0, 1],
        ['a', 0, 2],
      ]),
    ).rejects.toThrow('steps of 1 sequences, 2 in all');
  });
});
