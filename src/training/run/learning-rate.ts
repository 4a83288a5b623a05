import { InvalidArgumentError } from '../../core/errors.ts';

/**
 * The factor on an optimizer's base learning rate during an epoch. Epochs are the training loop's, counted from 1, so
 * that the rule needs no state and a resumed run gets the same rates. Reference code steps a scheduler that counts from
 * 0 at the end of each epoch: during the loop's epoch e its counter is e - 1.
 */
export type LearningRateRule = (epoch: number) => number;

export function constantRate(): LearningRateRule {
  return () => 1;
}

/**
 * CycleGAN, CUT, DCLGAN, EnCo ("linear"): full rate for `constantEpochs` (n_epochs), then a straight line to zero, which
 * would be reached one epoch after the last of `decayEpochs` (n_epochs_decay):
 * lambda = 1 - max(0, s + epochCount - n_epochs) / (n_epochs_decay + 1) with the scheduler's s = epoch - 1.
 *
 * @param epochCount What the reference adds to its counter: 1 in the CUT family, 0 in DRIT.
 */
export function linearRate(options: {
  readonly constantEpochs: number;
  readonly decayEpochs: number;
  readonly epochCount?: number;
}): LearningRateRule {
  const { epochCount = 1 } = options;
  const constantEpochs = atLeast(0, 'constantEpochs', options.constantEpochs);
  const decayEpochs = atLeast(0, 'decayEpochs', options.decayEpochs);
  return (epoch) => 1 - Math.max(0, schedulerCount(epoch) + epochCount - constantEpochs) / (decayEpochs + 1);
}

/**
 * EGSDE's classifier ("anneal_lr"): full rate for `constantEpochs`, then a straight line that reaches zero one step after
 * the last of `decayEpochs`, beginning at the full rate: lambda = 1 - max(0, s - constantEpochs) / decayEpochs.
 */
export function annealedRate(options: {
  readonly constantEpochs: number;
  readonly decayEpochs: number;
}): LearningRateRule {
  const constantEpochs = atLeast(0, 'constantEpochs', options.constantEpochs);
  const decayEpochs = atLeast(0, 'decayEpochs', options.decayEpochs);
  return (epoch) => 1 - Math.max(0, schedulerCount(epoch) - constantEpochs) / Math.max(1, decayEpochs);
}

/** "step": the rate is multiplied by `factor` (gamma, 0.1 in the CUT family) every `everyEpochs` (lr_decay_iters). */
export function stepRate(options: {
  readonly everyEpochs: number;
  readonly factor?: number;
}): LearningRateRule {
  const { factor = 0.1 } = options;
  const everyEpochs = atLeast(1, 'everyEpochs', options.everyEpochs);
  return (epoch) => factor ** Math.floor(schedulerCount(epoch) / everyEpochs);
}

/**
 * "cosine" (Loshchilov and Hutter 2017, eq. 5, without restarts): (1 + cos(pi s / T)) / 2 with T = `epochs`.
 * The reference lets its counter run past T, where the rate rises again; this stays at zero.
 */
export function cosineRate(options: { readonly epochs: number }): LearningRateRule {
  const epochs = atLeast(1, 'epochs', options.epochs);
  return (epoch) => (1 + Math.cos((Math.PI * Math.min(schedulerCount(epoch), epochs)) / epochs)) / 2;
}

/**
 * EnCo: while the scheduler's counter s is below `warmUpEpochs` the factor is (s + 1) / warmUpEpochs, whatever `rule`
 * says; afterwards `rule` alone, its epochs counted from the start of the run. 0 epochs: `rule` itself.
 */
export function withWarmUp(warmUpEpochs: number, rule: LearningRateRule): LearningRateRule {
  atLeast(0, 'warmUpEpochs', warmUpEpochs);
  return (epoch) => (schedulerCount(epoch) < warmUpEpochs ? epoch / warmUpEpochs : rule(epoch));
}

function schedulerCount(epoch: number): number {
  return atLeast(1, 'epoch', epoch) - 1;
}

function atLeast(minimum: number, name: string, value: number): number {
  if (Number.isInteger(value) && value >= minimum) return value;
  throw new InvalidArgumentError(`${name} must be an integer of at least ${minimum}, got ${value}`);
}
