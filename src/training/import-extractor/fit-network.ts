import type { Tensor } from '../../core/tensor.ts';
import type { NetworkState } from '../../nn/sources.ts';
import { weightDifferences } from '../import/weight-differences.ts';
import type { StateDict } from '../pytorch/index.ts';
import { ExtractorImportError } from './extractor-content.ts';

const listedKeys = 8;

/**
 * The weights that a network needs, out of those of its files.
 * @param network its name, for messages
 * @param unused keys that the published files have besides, and that nothing reads
 * @throws ExtractorImportError listing what is missing, left over, of another shape or not finite
 */
export function fitNetwork(
  network: string,
  state: NetworkState,
  weights: StateDict,
  unused: RegExp,
): StateDict {
  const read = new Map([...fixedBuffers(state), ...[...weights].filter(([key]) => !unused.test(key))]);
  const { missing, leftOver, misshapen } = weightDifferences(state, read);
  if (missing.length + leftOver.length + misshapen.length > 0) {
    throw new ExtractorImportError(
      `these are not the weights of ${network}: missing: ${list(missing)}; left over: ${list(leftOver)}; ` +
        `of another shape: ${list(misshapen)}`,
    );
  }
  for (const [key, tensor] of read) requireFinite(network, key, tensor);
  return read;
}

function fixedBuffers({ buffers }: NetworkState): (readonly [string, Tensor])[] {
  return buffers.filter(({ fixed }) => fixed).map(({ name, initial }) => [name, initial] as const);
}

function requireFinite(network: string, key: string, { dtype, data }: Tensor): void {
  if (dtype !== 'float32') {
    throw new ExtractorImportError(`${key} of ${network} holds ${dtype}, floats were expected`);
  }
  const at = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
  if (at >= 0)
    throw new ExtractorImportError(`${key} of ${network} is not finite: element ${at} is ${data[at]}`);
}

function list(entries: readonly string[]): string {
  if (entries.length === 0) return 'none';
  const rest = entries.length - listedKeys;
  return entries.slice(0, listedKeys).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
