import { describe, expect, it } from 'vitest';
import { KeyValueCache } from '../../../core/code-map/key-value-cache.ts';
import { Random } from '../../../core/random.ts';
import { float32, int64, type Tensor, tensor, toNumbers } from '../../../core/tensor.ts';
import type { Graph, Value } from '../../../onnx/ir.ts';
import { expectClose } from '../../../testing/close.ts';
import { evaluate } from '../../../testing/evaluate.ts';
import { evaluateOne } from '../../../testing/evaluate-one.ts';
import { gradcheck } from '../../../testing/gradcheck.ts';
import { integers, normals } from '../../../testing/samples.ts';
import { initializeNetwork } from '../../initialize.ts';
import { networkGraph } from '../../network-graph.ts';
import { Scope } from '../../scope.ts';
import { boundSource, describeNetwork } from '../../sources.ts';
import { type CodeTransformerOptions, codeTransformer } from './code-transformer.ts';
import { codeStepGraph } from './step-graph.ts';

const sizes = { vocabulary: 11, positions: 14, layers: 2, heads: 3, width: 12 };

function stateOf(options: CodeTransformerOptions) {
  return describeNetwork((scope) =>
    codeTransformer(options).forward(scope, scope.graph.input('tokens', 'int64', [1, 5])),
  );
}

/** Drawn so wide that attention is far from even. */
const weights = initializeNetwork(stateOf(sizes), { type: 'xavier', gain: 2 }, Random.of(4));

function wholeGraph(length: number, from = 0): Graph {
  const inputs = { tokens: { dtype: 'int64', shape: [1, length] } } as const;
  return networkGraph('whole', weights, inputs, (scope, tokens) =>
    codeTransformer(sizes).forward(scope, tokens as Value, from),
  );
}

const logitsOf = (tokens: readonly number[], from = 0): Promise<Tensor> =>
  evaluateOne(wholeGraph(tokens.length, from), { tokens: int64([1, tokens.length], tokens) });

const tokensOf = (...key: string[]) =>
  toNumbers(integers([sizes.positions], [0, sizes.vocabulary], 'tokens', ...key));

describe('codeTransformer', () => {
  it('has the published parameters and masks', () => {
    const { parameters, buffers } = stateOf({
      vocabulary: 16,
      positions: 128,
      layers: 1,
      heads: 4,
      width: 32,
    });
    const square = ['key', 'query', 'value', 'proj'].flatMap((name) => [
      `blocks.0.attn.${name}.weight [32,32]`,
      `blocks.0.attn.${name}.bias [32]`,
    ]);
    const norms = ['blocks.0.ln1', 'blocks.0.ln2', 'ln_f'].flatMap((name) => [
      `${name}.weight [32]`,
      `${name}.bias [32]`,
    ]);
    const rest = ['tok_emb.weight [16,32]', 'pos_emb [1,128,32]', 'head.weight [16,32]'];
    const perceptron = [
      'blocks.0.mlp.0.weight [128,32]',
      'blocks.0.mlp.0.bias [128]',
      'blocks.0.mlp.2.weight [32,128]',
      'blocks.0.mlp.2.bias [32]',
    ];
    const found = parameters.map(({ name, shape }) => `${name} [${shape}]`);
    expect(found.sort()).toEqual([...square, ...norms, ...rest, ...perceptron].sort());
    expect(buffers.map(({ name, initial }) => `${name} [${initial.dims}]`)).toEqual([
      'blocks.0.attn.mask [1,1,128,128]',
    ]);
    const mask = toNumbers(buffers[0]?.initial as Tensor);
    expect([mask[0], mask[1], mask[128], mask[129], mask[130]]).toEqual([1, 0, 1, 1, 0]);
  });

  it('sees what is before a place, and nothing behind it', async () => {
    const tokens = tokensOf('causal');
    const changed = tokens.with(6, ((tokens[6] as number) + 1) % sizes.vocabulary);
    const [before, after] = (await Promise.all([logitsOf(tokens), logitsOf(changed)])).map(toNumbers);
    const moved = Array.from({ length: sizes.positions }, (_, place) => {
      const row = (logits: number[] | undefined) =>
        logits?.slice(place * sizes.vocabulary, (place + 1) * sizes.vocabulary).join();
      return row(before) !== row(after);
    });
    expect(moved).toEqual(moved.map((_, place) => place >= 6));
  });

  it('gives the logits from a place on', async () => {
    const [all, last] = [await logitsOf(tokensOf('from')), await logitsOf(tokensOf('from'), 9)];
    expect(last.dims).toEqual([1, 5, sizes.vocabulary]);
    expectClose(last, toNumbers(all).slice(9 * sizes.vocabulary));
  });

  it('gives the logits behind a condition that samples share', async () => {
    const condition = tokensOf('condition').slice(0, 5);
    const samples = ['a', 'b', 'c'].map((key) => tokensOf(key).slice(0, 4));
    const inputs = {
      condition: { dtype: 'int64', shape: [1, 5] },
      tokens: { dtype: 'int64', shape: [3, 4] },
    } as const;
    const graph = networkGraph('after', weights, inputs, (scope, first, tokens) =>
      codeTransformer(sizes).forwardAfter(scope, first as Value, tokens as Value),
    );
    const logits = await evaluateOne(graph, {
      condition: int64([1, 5], condition),
      tokens: int64([3, 4], samples.flat()),
    });
    const alone = await Promise.all(samples.map((tokens) => logitsOf([...condition, ...tokens], 4)));
    expectClose(logits, float32([3, 5, sizes.vocabulary], alone.flatMap(toNumbers)), { atol: 1e-4 });
  });

  it('refuses heads that do not share the width evenly', () => {
    expect(() => codeTransformer({ width: 30, heads: 4 })).toThrow(
      'width must be a multiple of heads (4), got 30',
    );
  });

  it('has gradients that agree with finite differences, by every parameter', async () => {
    const options = { vocabulary: 5, positions: 6, layers: 1, heads: 2, width: 4 };
    const { parameters } = stateOf(options);
    await gradcheck({
      form: 'smooth',
      inputs: parameters.map(({ name, shape }) => normals(shape, 'gradient', name)),
      step: 0.02,
      build: (g, values) => {
        const bound = boundSource(
          new Map(parameters.map(({ name }, index) => [name, values[index] as Value])),
        );
        const source = { ...bound, buffer: ({ initial }: { initial: Tensor }) => g.constant(initial) };
        const tokens = g.constant(int64([2, 4], [0, 4, 1, 1, 3, 2, 0, 3]));
        return codeTransformer(options).forward(new Scope(g, source), tokens, 1);
      },
    });
  });
});

/** Logits of every token of some sequences, taken in chunks: `chunks[c][sample]` tokens at a time. */
async function inChunks(
  sequences: readonly (readonly number[])[],
  chunks: readonly (readonly number[])[],
): Promise<number[][]> {
  const graph = codeStepGraph(codeTransformer(sizes), weights);
  const headSize = sizes.width / sizes.heads;
  const cache = new KeyValueCache({ ...sizes, headSize }, sequences.length);
  for (const _ of sequences) cache.add();
  const logits = sequences.map(() => [] as number[]);
  for (const counts of chunks) {
    const longest = Math.max(...counts);
    const tokens = sequences.flatMap((sequence, sample) => {
      const start = cache.lengths[sample] as number;
      const taken = sequence.slice(start, start + (counts[sample] as number));
      return [...taken, ...new Array<number>(longest - taken.length).fill(0)];
    });
    const feeds = { ...cache.feeds(), tokens: int64([sequences.length, longest], tokens) };
    const outputs = await evaluate(graph, feeds);
    cache.store(outputs, counts);
    const found = toNumbers(outputs.logits as Tensor);
    counts.forEach((count, sample) => {
      const start = sample * longest * sizes.vocabulary;
      logits[sample]?.push(...found.slice(start, start + count * sizes.vocabulary));
    });
  }
  return logits;
}

describe('the key/value cache', () => {
  const repeated = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);

  it.each([
    ['token by token', repeated(14, [1])],
    ['all at once', [[14]]],
    ['in chunks', [[5], [1], [6], [1], [1]]],
  ])('gives the logits of the whole window: %s', async (_, chunks) => {
    const tokens = tokensOf('cache');
    const [logits] = await inChunks([tokens], chunks);
    expectClose(float32([logits?.length ?? 0], logits ?? []), toNumbers(await logitsOf(tokens)), {
      atol: 1e-4,
      rtol: 0,
    });
  });

  it('may hold a condition once for all samples', async () => {
    const condition = tokensOf('condition').slice(0, 5);
    const samples = ['a', 'b'].map((key) => tokensOf(key).slice(0, 6));
    const graph = codeStepGraph(codeTransformer(sizes), weights, { sharedCondition: true });
    const headSize = sizes.width / sizes.heads;
    const none = float32([1, sizes.heads, 0, headSize], []);
    const layers = ['keys_0', 'values_0', 'keys_1', 'values_1'];
    const alone = new KeyValueCache({ ...sizes, headSize }, 1);
    alone.add();
    const first = await evaluate(graph, {
      ...alone.feeds(),
      tokens: int64([1, 5], condition),
      ...Object.fromEntries(layers.map((name) => [`condition_${name}`, none])),
    });
    const shared = Object.fromEntries(
      layers.map((name) => [`condition_${name}`, first[`new_${name}`] as Tensor]),
    );
    const cache = new KeyValueCache({ ...sizes, headSize }, 2);
    for (const _ of samples) cache.add();
    for (const counts of [
      [4, 2],
      [2, 2],
    ]) {
      const longest = Math.max(...counts);
      const tokens = samples.flatMap((sample, index) => {
        const start = cache.lengths[index] as number;
        const taken = sample.slice(start, start + (counts[index] as number));
        return [...taken, ...new Array<number>(longest - taken.length).fill(0)];
      });
      const outputs = await evaluate(graph, {
        ...cache.feeds(),
        ...shared,
        tokens: int64([2, longest], tokens),
      });
      cache.store(outputs, counts);
      const logits = toNumbers(outputs.logits as Tensor);
      for (const [index, sample] of samples.entries()) {
        const before = [...condition, ...sample.slice(0, cache.lengths[index])];
        const found = logits
          .slice(index * longest * sizes.vocabulary)
          .slice(0, (counts[index] as number) * sizes.vocabulary);
        const whole = await logitsOf(before, before.length - (counts[index] as number));
        expectClose(float32([found.length], found), toNumbers(whole), { atol: 1e-4, rtol: 0 });
      }
    }
  });

  it('gives each sample its own logits, at whatever place the others are', async () => {
    const sequences = ['a', 'b', 'c'].map((key) => tokensOf(key));
    const chunks = [[6, 1, 3], ...repeated(3, [1, 1, 1]), [2, 5, 1], ...repeated(3, [1, 1, 1])];
    const found = await inChunks(sequences, chunks);
    for (const [sample, sequence] of sequences.entries()) {
      const done = chunks.reduce((sum, counts) => sum + (counts[sample] as number), 0);
      const whole = toNumbers(await logitsOf(sequence.slice(0, done)));
      expectClose(tensor('float32', [whole.length], Float32Array.from(found[sample] ?? [])), whole, {
        atol: 1e-4,
        rtol: 0,
      });
    }
  });
});
