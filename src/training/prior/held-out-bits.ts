import { type Tensor, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session, type SessionOptions } from '../../runtime/index.ts';
import type { PriorConfig } from '../config/prior.ts';
import { liveScope, liveWeights } from '../live-weights.ts';
import { logLikelihoods } from '../losses/cross-entropy.ts';
import { codeLogits, priorNetwork, priorTransformer } from '../methods/code-prior.ts';
import { domains } from '../methods/domains.ts';
import type { Method } from '../methods/method.ts';
import type { TrainingState } from '../step/state.ts';
import type { HeldOutFigures } from '../training-source.ts';
import { codeSpaceOf } from './code-space.ts';
import type { HeldOutCodes } from './held-out-codes.ts';
import { rowsAt } from './rows-at.ts';

/**
 * How well the prior, at the weights of a moment, foretells codes that it is not trained on: `held_out_bits_A` and `_B`,
 * the mean of -log2 p(code | coordinates, codes before it) over the test pictures of a domain. A prior that knows
 * nothing has log2 of the size of the codebook; one that has begun to learn its pictures by heart has rising figures.
 */
export class HeldOutBits implements HeldOutFigures {
  private readonly codes: HeldOutCodes;
  private readonly batchSize: number;
  private readonly weightsOf: (state: TrainingState) => Record<string, Tensor>;
  private readonly session: Session;

  private constructor(
    codes: HeldOutCodes,
    batchSize: number,
    weightsOf: HeldOutBits['weightsOf'],
    session: Session,
  ) {
    this.codes = codes;
    this.batchSize = batchSize;
    this.weightsOf = weightsOf;
    this.session = session;
  }

  static async open(
    config: PriorConfig,
    method: Method,
    codes: HeldOutCodes,
    session: SessionOptions,
  ): Promise<HeldOutBits> {
    const { batchSize } = config;
    const space = codeSpaceOf(config);
    const { height, width } = space.window;
    const g = new GraphBuilder('held-out codes, weights as inputs');
    const maps = g.input('maps', 'int64', [batchSize, height, width]);
    const sequences = g.Reshape(maps, [batchSize, height * width]);
    const transformer = priorTransformer(config.options, space);
    const logits = codeLogits(liveScope(g, method, priorNetwork), transformer, space, sequences);
    const likelihoods = logLikelihoods(g, logits, sequences);
    const losses = g.named('losses', g.Neg(g.ReduceMean(likelihoods, [1, 2], false)));
    const opened = await Session.create(serialize(optimize(g.build([losses]))), session);
    const chosen = { networks: [priorNetwork], averaged: true, inputNames: opened.inputNames };
    return new HeldOutBits(codes, batchSize, (state) => liveWeights(method, state, chosen), opened);
  }

  async measure(state: TrainingState): Promise<Record<string, number>> {
    const weights = this.weightsOf(state);
    const figures: Record<string, number> = {};
    for (const domain of domains) {
      const losses = await this.losses(weights, this.codes[domain].codes);
      const nats = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
      figures[`held_out_bits_${domain}`] = nats / Math.LN2;
    }
    return figures;
  }

  /** Of each map, in nats a code. */
  private async losses(weights: Record<string, Tensor>, codes: Tensor<'int64'>): Promise<number[]> {
    const count = codes.dims[0] as number;
    const found: number[] = [];
    while (found.length < count) {
      // The last batch is filled up with its last map.
      const indices = Array.from({ length: this.batchSize }, (_, slot) =>
        Math.min(found.length + slot, count - 1),
      );
      const { losses } = await this.session.run({ ...weights, maps: rowsAt(codes, indices) });
      found.push(...toNumbers(losses as Tensor).slice(0, count - found.length));
    }
    return found;
  }

  close(): Promise<void> {
    return this.session.dispose();
  }
}
