import { Random } from '../../src/core/random.ts';
import { float32, type Tensor } from '../../src/core/tensor.ts';
import { GraphBuilder } from '../../src/onnx/builder.ts';
import type { Graph } from '../../src/onnx/ir.ts';
import { serialize } from '../../src/onnx/serialize.ts';
import { Session, type SessionOptions } from '../../src/runtime/index.ts';
import { countFlops } from './flops.ts';

/** Square products, and how many follow each other in a run: the more, the less of the run is copying of inputs. */
const products = [
  { side: 1024, count: 8 },
  { side: 1536, count: 4 },
  { side: 2048, count: 2 },
] as const;

interface Product {
  readonly session: Session;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly flops: number;
}

/**
 * The fastest that the runtime multiplies matrices on this machine with these threads: what a training step could
 * reach at most if it were nothing but matrix products of the best size.
 */
export class GemmCeiling {
  /** What really runs. */
  readonly provider: string;
  private readonly products: readonly Product[];

  private constructor(opened: readonly Product[]) {
    this.products = opened;
    this.provider = (opened[0] as Product).session.provider;
  }

  static async open(options: SessionOptions): Promise<GemmCeiling> {
    const opened: Product[] = [];
    for (const { side, count } of products) opened.push(await openProduct(side, count, options));
    const ceiling = new GemmCeiling(opened);
    // The first run of a session also allocates.
    await ceiling.measure();
    return ceiling;
  }

  /** Runs every size once; GFLOP/s of the fastest. */
  async measure(): Promise<number> {
    let best = 0;
    for (const { session, feeds, flops } of this.products) {
      const start = performance.now();
      await session.run(feeds);
      best = Math.max(best, flops / 1e6 / (performance.now() - start));
    }
    return best;
  }

  async close(): Promise<void> {
    await Promise.all(this.products.map(({ session }) => session.dispose()));
  }
}

async function openProduct(side: number, count: number, options: SessionOptions): Promise<Product> {
  const graph = productGraph(side, count);
  return {
    session: await Session.create(serialize(graph), options),
    feeds: { left: matrix(side, 'left') },
    flops: countFlops(graph).total,
  };
}

/** left x right x right ...: a constant right side, which the runtime arranges beforehand, is the fastest case. */
function productGraph(side: number, count: number): Graph {
  const graph = new GraphBuilder(`${count} products of ${side}x${side}`);
  const right = graph.constant(matrix(side, 'right'), 'right');
  let value = graph.input('left', 'float32', [side, side]);
  for (let index = 0; index < count; index++) value = graph.MatMul(value, right);
  // One number leaves the session instead of a matrix that would have to be copied.
  return graph.build([graph.ReduceMean(value, undefined, false)]);
}

/** Values of variance 1 / side, so that products of any number of such matrices stay of one magnitude. */
function matrix(side: number, name: string): Tensor<'float32'> {
  const random = Random.of(side, name);
  const scale = Math.sqrt(12 / side);
  return float32(
    [side, side],
    random.fill(side * side, (draw) => (draw.uniform() - 0.5) * scale),
  );
}
