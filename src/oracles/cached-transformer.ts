import { type CacheShape, KeyValueCache } from '../core/code-map/key-value-cache.ts';
import { int64, type Tensor, toNumbers } from '../core/tensor.ts';
import type { CodeTransformer } from '../nn/networks/code-transformer/code-transformer.ts';
import { codeStepGraph } from '../nn/networks/code-transformer/step-graph.ts';
import { optimize } from '../onnx/passes/index.ts';
import { serialize } from '../onnx/serialize.ts';
import { Session } from '../runtime/index.ts';
import type { StateDict } from '../training/pytorch/index.ts';

/** A transformer as it is served: token by token, with a cache for each sequence. */
export class CachedTransformer {
  private readonly session: Session;
  private readonly shape: CacheShape;
  private readonly caches = new Map<number, KeyValueCache>();

  private constructor(session: Session, shape: CacheShape) {
    this.session = session;
    this.shape = shape;
  }

  static async open(transformer: CodeTransformer, weights: StateDict): Promise<CachedTransformer> {
    const graph = optimize(codeStepGraph(transformer, weights));
    const { layers, heads, positions, width } = transformer.options;
    return new CachedTransformer(await Session.create(serialize(graph), { provider: 'cpu' }), {
      layers,
      heads,
      positions,
      headSize: width / heads,
    });
  }

  /** Adds tokens to a sequence, begun where there is none of the name. @returns the logits behind the last of them */
  async append(sequence: number, tokens: readonly number[]): Promise<number[]> {
    const cache = this.caches.get(sequence) ?? this.begin(sequence);
    const feeds = { ...cache.feeds(), tokens: int64([1, tokens.length], tokens) };
    const outputs = await this.session.run(feeds);
    cache.store(outputs, [tokens.length]);
    const logits = toNumbers(outputs.logits as Tensor);
    return logits.slice(-logits.length / tokens.length);
  }

  close(): Promise<void> {
    return this.session.dispose();
  }

  private begin(sequence: number): KeyValueCache {
    const cache = new KeyValueCache(this.shape, 1);
    cache.add();
    this.caches.set(sequence, cache);
    return cache;
  }
}
