import type { Tensor } from '../core/tensor.ts';
import type { SequenceStep } from './lane-messages.ts';
import { SequenceCaches } from './sequence-caches.ts';
import type { Session } from './session.ts';

/** Sequences of a session in this process: what a lane keeps for a service, for programs that have no lanes. */
export class SessionSequences {
  private readonly session: Pick<Session, 'inputs' | 'run'>;
  private readonly caches = new SequenceCaches(Number.POSITIVE_INFINITY);

  /** @param session of a file of `codeStepGraph` */
  constructor(session: Pick<Session, 'inputs' | 'run'>) {
    this.session = session;
  }

  /** @returns logits [N, vocabulary] behind the last new token of each sequence */
  async step(tokens: Tensor<'int64'>, steps: readonly SequenceStep[]): Promise<Tensor<'float32'>> {
    const { outputs } = await this.caches.run('sequences', this.session, { tokens }, steps);
    return outputs.logits as Tensor<'float32'>;
  }

  forget(sequence: string): void {
    this.caches.forget(sequence);
  }
}
