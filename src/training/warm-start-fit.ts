import type { Tensor } from '../core/tensor.ts';
import type { NetworkState } from '../nn/sources.ts';
import type { StateDict } from './pytorch/index.ts';

/** What old versions of PyTorch saved of instance norms without statistics; the published code drops it as well. */
const statistics = /(^|\.)(running_mean|running_var|num_batches_tracked)$/;

/** Keys named in a message before it says how many more there are. */
const namedKeys = 5;

/** Largest difference of a fixed tensor from what it is fixed to. */
const fixedTolerance = 1e-6;

/**
 * Why a state dict cannot be a network's: keys missing and left over, other shapes; undefined when it can. Fixed
 * tensors (blur kernels) may be missing, and left over may be statistics that the network's norms do not keep.
 */
export function misfits(needed: NetworkState, dict: StateDict): string | undefined {
  const trained = trainedEntries(needed);
  const fixed = new Map(needed.buffers.filter((each) => each.fixed).map((each) => [each.name, each.initial]));
  const missing = [...trained.keys()].filter((key) => !dict.has(key));
  const leftOver = [...dict.keys()].filter(
    (key) => !trained.has(key) && !fixed.has(key) && !statistics.test(key),
  );
  const differing = [...dict].flatMap(([key, tensor]) => {
    const type = trained.get(key);
    return type === undefined || typeText(type) === typeText(tensor)
      ? []
      : [`${key} (${typeText(tensor)}, expected ${typeText(type)})`];
  });
  const altered = [...fixed].flatMap(([key, value]) => (isClose(dict.get(key), value) ? [] : [key]));
  const faults = [
    some('missing', missing),
    some('left over', leftOver),
    some('of another shape', differing),
    some('not what they are fixed to', altered),
  ].filter((fault) => fault !== '');
  return faults.length === 0 ? undefined : faults.join(', ');
}

/** The entries of a state dict without misfits that a network trains. */
export function fittingDict(needed: NetworkState, dict: StateDict): StateDict {
  return new Map([...trainedEntries(needed).keys()].map((key) => [key, dict.get(key) as Tensor]));
}

function trainedEntries({ parameters, buffers }: NetworkState): Map<string, Pick<Tensor, 'dtype' | 'dims'>> {
  const trained = new Map<string, Pick<Tensor, 'dtype' | 'dims'>>();
  for (const { name, shape } of parameters) trained.set(name, { dtype: 'float32', dims: shape });
  for (const { name, initial, fixed } of buffers) if (!fixed) trained.set(name, initial);
  return trained;
}

function isClose(found: Tensor | undefined, fixed: Tensor): boolean {
  if (found === undefined) return true;
  if (typeText(found) !== typeText(fixed)) return false;
  return Array.from(fixed.data, Number).every(
    (value, at) => Math.abs(value - Number(found.data[at])) <= fixedTolerance,
  );
}

function some(what: string, keys: readonly string[]): string {
  if (keys.length === 0) return '';
  const more = keys.length > namedKeys ? ` and ${keys.length - namedKeys} more` : '';
  return `${what}: ${keys.slice(0, namedKeys).join(', ')}${more}`;
}

function typeText({ dtype, dims }: Pick<Tensor, 'dtype' | 'dims'>): string {
  return `${dtype}[${dims.join(', ')}]`;
}
