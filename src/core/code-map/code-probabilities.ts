import { InvalidArgumentError } from '../errors.ts';

export interface FilterOptions {
  /** Divides the logits: above 1 evens codes out, below 1 sharpens. Default 1. */
  readonly temperature?: number;
  /** Only the so many likeliest codes, and those that are as likely as the last of them. Default: all. */
  readonly topK?: number;
  /** Only the likeliest codes that together reach this probability (Holtzman et al. 2020, section 3.1). Default 1: all. */
  readonly topP?: number;
}

/**
 * What a code is drawn from: logits divided by the temperature, cut to the top k, made probabilities, cut to the top p,
 * in this order.
 * @param logits one a code
 * @returns probabilities that sum to 1
 * @throws InvalidArgumentError when an option is out of range
 */
export function codeProbabilities(logits: ArrayLike<number>, options: FilterOptions = {}): Float64Array {
  const { temperature = 1, topK = logits.length, topP = 1 } = options;
  requireRange(logits.length, { temperature, topK, topP });
  const weights = new Float64Array(logits);
  const ascending = weights.toSorted();
  const largest = ascending.at(-1) as number;
  const least = ascending.at(-topK) as number;
  // Counted, here and below: a call or an iterator an element would be most of what a draw costs.
  for (let code = 0; code < weights.length; code++) {
    const logit = weights[code] as number;
    // The largest is 0 before it is divided: a temperature next to 0 leaves it alone.
    weights[code] = logit < least ? 0 : Math.exp((logit - largest) / temperature);
  }
  const probabilities = normalized(weights);
  return topP < 1 ? normalized(nucleus(probabilities, topP)) : probabilities;
}

/** The smallest set of the likeliest codes that reaches the probability; of equally likely ones the first. */
function nucleus(probabilities: Float64Array, topP: number): Float64Array {
  const order = [...probabilities.keys()].sort(
    (a, b) => (probabilities[b] as number) - (probabilities[a] as number) || a - b,
  );
  const kept = new Float64Array(probabilities.length);
  let sum = 0;
  for (const code of order) {
    if (sum >= topP) break;
    kept[code] = probabilities[code] as number;
    sum += kept[code] as number;
  }
  return kept;
}

function normalized(weights: Float64Array): Float64Array {
  let sum = 0;
  for (let code = 0; code < weights.length; code++) sum += weights[code] as number;
  const probabilities = new Float64Array(weights.length);
  for (let code = 0; code < weights.length; code++) probabilities[code] = (weights[code] as number) / sum;
  return probabilities;
}

function requireRange(codes: number, { temperature, topK, topP }: Required<FilterOptions>): void {
  const refuse = (name: string, expected: string, value: number) => {
    throw new InvalidArgumentError(`${name} must be ${expected}, got ${value}`);
  };
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
    refuse('temperature', 'a number above 0', temperature);
  }
  if (!(Number.isInteger(topK) && topK >= 1 && topK <= codes)) {
    refuse('topK', `an integer from 1 to the ${codes} codes`, topK);
  }
  if (!(topP > 0 && topP <= 1)) refuse('topP', 'above 0 and at most 1', topP);
}
