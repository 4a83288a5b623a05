import type { CodeMap } from '../core/code-map/code-map.ts';
import { int64, type Tensor, zeros } from '../core/tensor.ts';
import type { Session, TensorSignature } from '../runtime/index.ts';

/** Maps that go through the network together. */
const mapsOfRun = 4;

/**
 * What each map costs by a prior that is told all codes before the one that it foretells: the mean of
 * -log2 p(code | coordinates, codes before it).
 * @param session a step of a code transformer (see `codeStepGraph`)
 * @param maps of the size of its window
 * @param coordinates of the window, as tokens
 * @param onProgress called after each run with the maps that are done
 * @returns bits a code, map by map
 */
export async function bitsPerCode(
  session: Pick<Session, 'inputs' | 'run'>,
  maps: readonly CodeMap[],
  coordinates: readonly number[],
  onProgress: (done: number) => void = () => {},
): Promise<number[]> {
  const bits: number[] = [];
  while (bits.length < maps.length) {
    bits.push(...(await bitsOfRun(session, maps.slice(bits.length, bits.length + mapsOfRun), coordinates)));
    // Signals get their turn: a run blocks the thread.
    await new Promise((resolve) => setImmediate(resolve));
    onProgress(bits.length);
  }
  return bits;
}

async function bitsOfRun(
  session: Pick<Session, 'inputs' | 'run'>,
  maps: readonly CodeMap[],
  coordinates: readonly number[],
): Promise<number[]> {
  // Nothing follows the last code.
  const sequences = maps.map(({ codes }) => [...coordinates, ...codes.subarray(0, -1)]);
  const length = sequences[0]?.length ?? 0;
  const feeds: Record<string, Tensor> = {
    ...emptyCaches(session.inputs, maps.length),
    tokens: int64([maps.length, length], sequences.flat()),
    lengths: zeros('int64', [maps.length]),
  };
  const { logits } = await session.run(feeds, ['logits']);
  const { data, dims } = logits as Tensor<'float32'>;
  const vocabulary = dims[2] as number;
  return maps.map(({ codes }, map) => {
    const first = map * length + coordinates.length - 1;
    const costs = Array.from(codes, (code, place) => {
      const row = (first + place) * vocabulary;
      return surprise(data.subarray(row, row + vocabulary), code);
    });
    return costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  });
}

/** -log2 softmax(logits)[code]. */
function surprise(logits: Float32Array, code: number): number {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return (Math.log(sum) + largest - (logits[code] as number)) / Math.LN2;
}

/** Nothing is remembered: the whole sequence is brought at once. A condition that maps would share has no places either. */
function emptyCaches(inputs: readonly TensorSignature[], samples: number): Record<string, Tensor> {
  const caches = inputs.filter(({ name }) => /^(?:condition_)?(?:keys|values)_\d+$/.test(name));
  return Object.fromEntries(
    caches.map(({ name, shape: [, heads, , headSize] }) => {
      const [rows, places] = name.startsWith('condition_') ? [1, 0] : [samples, 1];
      return [name, zeros('float32', [rows, heads as number, places, headSize as number])];
    }),
  );
}
