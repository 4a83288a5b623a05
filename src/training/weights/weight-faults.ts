import { type Tensor, toNumbers } from '../../core/tensor.ts';
import type { NetworkState } from '../../nn/sources.ts';
import { shapeText } from '../../onnx/dimension.ts';
import type { StateDict } from '../pytorch/index.ts';
import { nonFiniteElement } from './non-finite.ts';

/** Entries that a message names of a kind before it says how many more there are. */
const namedEntries = 8;

/** Largest difference of a fixed tensor from ours: blur kernels are exact in float32 up to the division by their sum. */
const fixedTolerance = 1e-6;

/** In the order in which a message lists them. */
const kinds = [
  'missing',
  'left over',
  'of another shape',
  'of another type',
  'not finite',
  'not what they are fixed to',
] as const;

interface WeightFault {
  readonly kind: (typeof kinds)[number];
  /** A key, and what there is to say of it. */
  readonly entry: string;
}

/** What a network needs under a key; `fixed` is the value, where it is known beforehand. */
interface NeededEntry extends Pick<Tensor, 'dtype' | 'dims'> {
  readonly fixed?: Tensor;
}

export interface WeightFaultsOptions {
  /** Fixed tensors (blur kernels) must have our values; by default any finite values will do. */
  readonly fixedAsOurs?: boolean;
}

/**
 * What keeps weights from being those of a network, for a message: keys that are missing or left over, other shapes or
 * element types, values that are not finite or not what they are fixed to. Undefined when nothing does.
 */
export function weightFaults(
  state: NetworkState,
  weights: StateDict,
  options: WeightFaultsOptions = {},
): string | undefined {
  const needed = neededEntries(state, options);
  const faults = [
    ...[...needed].flatMap(([key, entry]) => faultOf(key, entry, weights.get(key)) ?? []),
    ...[...weights].flatMap(([key, { dims }]) => (needed.has(key) ? [] : leftOver(key, dims))),
  ];
  return faults.length === 0 ? undefined : faultsText(faults);
}

function neededEntries(
  { parameters, buffers }: NetworkState,
  { fixedAsOurs = false }: WeightFaultsOptions,
): Map<string, NeededEntry> {
  return new Map<string, NeededEntry>([
    ...parameters.map(({ name, shape }) => [name, { dtype: 'float32', dims: shape }] as const),
    ...buffers.map(({ name, initial, fixed }) => {
      const { dtype, dims } = initial;
      return [name, { dtype, dims, ...(fixed && fixedAsOurs && { fixed: initial }) }] as const;
    }),
  ]);
}

function faultOf(key: string, needed: NeededEntry, found: Tensor | undefined): WeightFault | undefined {
  const { dtype, dims, fixed } = needed;
  if (found === undefined) return { kind: 'missing', entry: `${key} ${shapeText(dims)}` };
  if (found.dims.join() !== dims.join()) {
    return {
      kind: 'of another shape',
      entry: `${key} is ${shapeText(found.dims)} and not ${shapeText(dims)}`,
    };
  }
  if (found.dtype !== dtype) {
    return { kind: 'of another type', entry: `${key} is ${found.dtype} and not ${dtype}` };
  }
  const element = nonFiniteElement(found);
  if (element !== undefined) return { kind: 'not finite', entry: `${key} (${element})` };
  const distance = fixed === undefined ? 0 : furthest(found, fixed);
  if (distance <= fixedTolerance) return undefined;
  return { kind: 'not what they are fixed to', entry: `${key} (off by ${distance})` };
}

function leftOver(key: string, dims: readonly number[]): WeightFault {
  return { kind: 'left over', entry: `${key} ${shapeText(dims)}` };
}

/** The largest absolute difference of two tensors of one shape. */
function furthest(found: Tensor, fixed: Tensor): number {
  const values = toNumbers(found);
  return toNumbers(fixed).reduce(
    (worst, value, at) => Math.max(worst, Math.abs(value - (values[at] as number))),
    0,
  );
}

function faultsText(faults: readonly WeightFault[]): string {
  return kinds
    .map((kind) => ({ kind, entries: faults.filter((each) => each.kind === kind).map(({ entry }) => entry) }))
    .filter(({ entries }) => entries.length > 0)
    .map(({ kind, entries }) => `${kind}: ${firstOf(entries)}`)
    .join('; ');
}

function firstOf(entries: readonly string[]): string {
  const more = entries.length > namedEntries ? ` and ${entries.length - namedEntries} more` : '';
  return entries.slice(0, namedEntries).join(', ') + more;
}
