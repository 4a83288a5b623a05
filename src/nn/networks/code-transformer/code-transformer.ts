import { InvalidArgumentError } from '../../../core/errors.ts';
import { float32 } from '../../../core/tensor.ts';
import type { Value } from '../../../onnx/ir.ts';
import { knownSize } from '../../layers/channels.ts';
import { layerNorm } from '../../layers/layer-norm.ts';
import { linear } from '../../layers/linear.ts';
import type { BufferSpec } from '../../parameters.ts';
import type { Scope } from '../../scope.ts';
import { attendToWindow, laterPlacesUnseen, type Projections } from './attention.ts';
import { block } from './block.ts';
import { attendToCache, type CachedLayer, cacheMasks, countedTo, sizeAlong } from './cached-attention.ts';
import { attendAfterCondition, conditionMasks } from './conditioned-attention.ts';

export interface CodeTransformerOptions {
  /** Different tokens: the entries of the codebook. Default 512. */
  readonly vocabulary?: number;
  /** Longest sequence (`block_size`): condition and window. Default 512. */
  readonly positions?: number;
  /** Default 24. */
  readonly layers?: number;
  /** Heads of attention. Default 16. */
  readonly heads?: number;
  /** Features of a token, a multiple of `heads`. Default 512. */
  readonly width?: number;
}

/** What the transformer remembers, layer by layer. */
export type CodeCache = readonly CachedLayer[];

export interface CodeTransformer {
  readonly options: Required<CodeTransformerOptions>;
  /**
   * @param tokens int64 [N, T], T known and at most `positions`
   * @param from the first place whose logits are wanted; default 0
   * @returns [N, T - from, vocabulary]: at each place the logits of the token that follows
   */
  forward(scope: Scope, tokens: Value, from?: number): Value;
  /**
   * The same for tokens behind a condition that all samples share, which is computed once for all of them.
   * @param condition int64 [1, P]
   * @param tokens int64 [N, S], N and S known, P + S at most `positions`
   * @returns [N, S + 1, vocabulary]: the logits behind the condition, then behind each token
   */
  forwardAfter(scope: Scope, condition: Value, tokens: Value): Value;
  /**
   * Goes on from what a cache holds, at the cost of the new tokens alone. A sample with fewer new tokens than others is
   * filled up at its end; what comes out for the filling means nothing.
   * @param tokens int64 [N, S]
   * @param lengths int64 [N], how many tokens the cache holds of each sample
   * @param cache a layer's keys and values [N, heads, capacity, d] each; places behind the lengths may hold anything finite
   * @param condition what all samples remember before their own, [1, heads, P, d] each: `additions` of a run of the
   * condition by itself. Without it their own caches hold it.
   * @returns logits [N, S, vocabulary], and keys and values of the new tokens [N, heads, S, d], to be written into
   * the cache behind its lengths
   */
  append(
    scope: Scope,
    tokens: Value,
    lengths: Value,
    cache: CodeCache,
    condition?: CodeCache,
  ): { readonly logits: Value; readonly additions: CodeCache };
}

/**
 * The autoregressive transformer over code indices, VQ-I2I's second stage (Chen et al. 2022, section 3.2; minGPT's GPT
 * as in Esser et al. 2021): learned embeddings of tokens and places, blocks with causal attention, a head without bias.
 * @throws InvalidArgumentError when width is no multiple of heads
 */
export function codeTransformer(given: CodeTransformerOptions = {}): CodeTransformer {
  const options = { vocabulary: 512, positions: 512, layers: 24, heads: 16, width: 512, ...given };
  const { vocabulary, positions, layers, heads, width } = options;
  if (width % heads !== 0) {
    throw new InvalidArgumentError(`width must be a multiple of heads (${heads}), got ${width}`);
  }
  const mask = publishedMask(positions);

  function blocks(scope: Scope, x: Value, attend: (layer: number, parts: Projections) => Value): Value {
    const all = scope.child('blocks');
    return Array.from({ length: layers }, (_, layer) => layer).reduce((passed, layer) => {
      all.child(layer).child('attn').buffer(mask);
      return block(all.child(layer), passed, heads, (parts) => attend(layer, parts));
    }, x);
  }

  function head(scope: Scope, x: Value): Value {
    return linear(scope.child('head'), layerNorm(scope.child('ln_f'), x), {
      features: vocabulary,
      bias: false,
    });
  }

  return {
    options,
    forward(scope, tokens, from = 0) {
      const g = scope.graph;
      const length = knownSize(tokens, 1);
      const places = g.Slice(placeEmbedding(scope, options), { starts: [0], ends: [length], axes: [1] });
      const x = g.Add(tokenEmbedding(scope, options, tokens), places);
      const later = laterPlacesUnseen(g, length);
      const passed = blocks(scope, x, (_, parts) => attendToWindow(g, parts, later));
      return head(
        scope,
        from === 0 ? passed : g.Slice(passed, { starts: [from], ends: [length], axes: [1] }),
      );
    },
    forwardAfter(scope, condition, tokens) {
      const g = scope.graph;
      const [samples, length] = [knownSize(tokens, 0), knownSize(tokens, 1)];
      const sizes = { condition: knownSize(condition, 1), samples, length };
      const places = g.Slice(placeEmbedding(scope, options), {
        starts: [0],
        ends: [sizes.condition + length],
        axes: [1],
      });
      const [before, behind] = g.Split(places, [sizes.condition, length], 1) as [Value, Value];
      const first = g.Add(tokenEmbedding(scope, options, condition), before);
      const own = g.Add(tokenEmbedding(scope, options, tokens), behind);
      const rows = g.Concat([first, g.Reshape(own, [1, samples * length, width])], 1);
      const masks = conditionMasks(g, sizes);
      const passed = blocks(scope, rows, (_, parts) => attendAfterCondition(g, parts, sizes, masks));
      const [start, rest] = g.Split(passed, [sizes.condition, samples * length], 1) as [Value, Value];
      const last = g.Slice(start, { starts: [sizes.condition - 1], ends: [sizes.condition], axes: [1] });
      const ofSamples = g.Reshape(rest, [samples, length, width]);
      return head(scope, g.Concat([g.Expand(last, [samples, 1, width]), ofSamples], 1));
    },
    append(scope, tokens, lengths, cache, condition) {
      const g = scope.graph;
      const offsets = countedTo(g, sizeAlong(g, tokens, 1));
      const start = condition ? g.Add(lengths, sizeAlong(g, (condition[0] as CachedLayer).keys, 2)) : lengths;
      const at = g.Min(g.Add(g.Reshape(start, [-1, 1]), offsets), positions - 1);
      const places = g.Gather(g.Squeeze(placeEmbedding(scope, options), [0]), at, 0);
      const x = g.Add(tokenEmbedding(scope, options, tokens), places);
      const masks = cacheMasks(g, tokens, lengths, cache[0] as CachedLayer);
      const additions: CachedLayer[] = [];
      const passed = blocks(scope, x, (layer, parts) => {
        additions.push({ keys: parts.keys, values: parts.values });
        return attendToCache(g, parts, cache[layer] as CachedLayer, masks, condition?.[layer]);
      });
      return { logits: head(scope, passed), additions };
    },
  };
}

type Sizes = Required<CodeTransformerOptions>;

/** [N, T, width]. */
function tokenEmbedding(scope: Scope, { vocabulary, width }: Sizes, tokens: Value): Value {
  const shape = [vocabulary, width];
  const spec = { name: 'weight', shape, role: 'embedding', fanIn: vocabulary, fanOut: width } as const;
  return scope.graph.Gather(scope.child('tok_emb').parameter(spec), tokens, 0);
}

/** [1, positions, width]. */
function placeEmbedding(scope: Scope, { positions, width }: Sizes): Value {
  const shape = [1, positions, width];
  return scope.parameter({ name: 'pos_emb', shape, role: 'embedding', fanIn: positions, fanOut: width });
}

/** The published state_dict holds each layer's causal mask, ones up to the diagonal; what is computed has its own. */
function publishedMask(positions: number): BufferSpec {
  const mask = new Float32Array(positions * positions);
  for (let row = 0; row < positions; row++) mask.fill(1, row * positions, row * positions + row + 1);
  return { name: 'mask', initial: float32([1, 1, positions, positions], mask), fixed: true };
}
