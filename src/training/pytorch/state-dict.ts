import type { Tensor } from '../../core/tensor.ts';
import { CheckpointError, quoted } from './checkpoint-error.ts';
import type { CheckpointValue } from './tree.ts';

/** A network's parameters and buffers by PyTorch's names. */
export type StateDict = ReadonlyMap<string, Tensor>;

const parallelPrefix = 'module.';

/**
 * Every state dict in a checkpoint, by its path: keys and list positions joined by dots, empty when the file is one
 * itself. Finds `{'model.1.weight': tensor}`, `{'state_dict': {...}}`, `{'model_state_dict': {...}, ...}`,
 * `{'net_G': {...}, 'net_D': {...}}`, DRIT's dict of eight networks, lists of state dicts; passes over optimizer
 * state. The `module.` that DataParallel puts in front of all keys is removed.
 */
export function stateDicts(tree: CheckpointValue): ReadonlyMap<string, StateDict> {
  const found = new Map<string, StateDict>();
  collect(tree, [], found);
  return found;
}

/**
 * The state dict of a checkpoint, or the named one when it holds several.
 * @param name path as in stateDicts: "gen", "model_state_dict"
 * @throws CheckpointError when there is none, or no name was given and there are several
 */
export function stateDict(tree: CheckpointValue, name?: string): StateDict {
  const found = stateDicts(tree);
  const only = found.size === 1 ? [...found.values()][0] : undefined;
  const chosen = name === undefined ? only : found.get(name);
  if (chosen !== undefined) return chosen;
  const listed = [...found.keys()].map(quoted).join(', ') || 'none';
  throw new CheckpointError(
    name === undefined
      ? `a checkpoint with one state dict, or the name of one, is needed; this one has ${listed}`
      : `the checkpoint has no state dict ${quoted(name)}; it has ${listed}`,
  );
}

/** Removes `module.` (as often as it stands there) when every key starts with it. */
export function withoutParallelPrefix(dict: StateDict): StateDict {
  const keys = [...dict.keys()];
  if (keys.length === 0 || !keys.every((key) => key.startsWith(parallelPrefix))) return dict;
  const shorter = new Map([...dict].map(([key, value]) => [key.slice(parallelPrefix.length), value]));
  return withoutParallelPrefix(shorter);
}

/** The key of another tensor of the same layer. */
export function siblingOf(key: string, name: string): string {
  return `${key.slice(0, key.lastIndexOf('.') + 1)}${name}`;
}

function collect(value: CheckpointValue, path: readonly string[], found: Map<string, StateDict>): void {
  if (!isContainer(value) || isOptimizerState(value)) return;
  const dict = asStateDict(value);
  if (dict !== undefined) {
    found.set(path.join('.'), withoutParallelPrefix(dict));
    return;
  }
  for (const [key, child] of value.entries()) collect(child, [...path, String(key)], found);
}

function isContainer(
  value: CheckpointValue,
): value is readonly CheckpointValue[] | ReadonlyMap<CheckpointValue, CheckpointValue> {
  return Array.isArray(value) || value instanceof Map;
}

/** torch.optim's own layout; its moments are tensors by name too, but not of a network. */
function isOptimizerState(value: CheckpointValue): boolean {
  return value instanceof Map && value.has('state') && value.has('param_groups');
}

/** Text keys and tensors throughout; modules may add `_extra_state` of any kind, which is left out. */
function asStateDict(value: CheckpointValue): StateDict | undefined {
  if (!(value instanceof Map)) return undefined;
  const dict = new Map<string, Tensor>();
  for (const [key, entry] of value) {
    if (typeof key !== 'string') return undefined;
    if (isTensor(entry)) dict.set(key, entry);
    else if (!key.endsWith('_extra_state')) return undefined;
  }
  return dict.size > 0 ? dict : undefined;
}

/** Tells a tensor from the other values of a checkpoint. */
export function isTensor(value: CheckpointValue): value is Tensor {
  return typeof value === 'object' && value !== null && 'dtype' in value && 'dims' in value;
}
