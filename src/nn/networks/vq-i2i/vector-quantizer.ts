import { InvalidArgumentError } from '../../../core/errors.ts';
import type { Value } from '../../../onnx/ir.ts';
import { channelsOf } from '../../layers/channels.ts';
import type { Scope } from '../../scope.ts';

export interface VectorQuantizerOptions {
  /** Entries of the codebook. Default 512. */
  readonly codebookSize?: number;
  /** Length of an entry. Default 512. */
  readonly codeDimension?: number;
}

/** What becomes of features [N, codeDimension, h, w]. */
export interface Quantized {
  /** The entries that are nearest, as they are in the codebook: their gradient is the codebook's. Shape of the features. */
  readonly entries: Value;
  /** The same values with the gradient of the features (straight through; van den Oord et al. 2017, section 3.2). */
  readonly straightThrough: Value;
  /** Which entries they are: int64 [N, h, w]. */
  readonly indices: Value;
}

export interface VectorQuantizer {
  forward(scope: Scope, features: Value): Quantized;
  /** Entries by their indices: int64 [N, h, w] -> [N, codeDimension, h, w]. */
  entries(scope: Scope, indices: Value): Value;
  /** How often each entry is among the indices: int64 of any shape -> [codebookSize]. */
  counts(scope: Scope, indices: Value): Value;
}

/**
 * The codebook of VQ-I2I (Chen et al. 2022, section 3.1; van den Oord et al. 2017): each vector of a map is replaced by
 * the entry at the least Euclidean distance, of equal ones by the first. Parameter: embedding.weight
 * [codebookSize, codeDimension], published to begin uniform between -1 / codebookSize and 1 / codebookSize.
 */
export function vectorQuantizer(options: VectorQuantizerOptions = {}): VectorQuantizer {
  const { codebookSize = 512, codeDimension = 512 } = options;

  function codebook(scope: Scope): Value {
    return scope.child('embedding').parameter({
      name: 'weight',
      shape: [codebookSize, codeDimension],
      role: 'embedding',
      fanIn: codebookSize,
      fanOut: codeDimension,
    });
  }

  function entries(scope: Scope, indices: Value): Value {
    return scope.graph.Transpose(scope.graph.Gather(codebook(scope), indices, 0), [0, 3, 1, 2]);
  }

  /** |z|^2 + |e|^2 - 2 z e of each vector z and each entry e: [places, codebookSize]. */
  function distances(scope: Scope, vectors: Value): Value {
    const { graph } = scope;
    const rows = graph.Reshape(vectors, [-1, codeDimension]);
    const book = codebook(scope);
    const squares = (x: Value, keepdims: boolean) => graph.ReduceSum(graph.Mul(x, x), [1], keepdims);
    const lengths = graph.Add(squares(rows, true), squares(book, false));
    return graph.Sub(lengths, graph.Mul(graph.Gemm(rows, book, undefined, { transB: 1 }), 2));
  }

  return {
    entries,

    forward(scope, features) {
      const { graph } = scope;
      requireDimension(features, codeDimension);
      const vectors = graph.Transpose(features, [0, 2, 3, 1]);
      const nearest = graph.ArgMin(distances(scope, vectors), { axis: 1, keepdims: 0 });
      const places = graph.Gather(graph.Shape(vectors), graph.integers([0, 1, 2]), 0);
      const indices = graph.Reshape(nearest, places);
      const found = entries(scope, indices);
      const error = graph.StopGradient(graph.Sub(found, features));
      return { entries: found, straightThrough: graph.Add(features, error), indices };
    },

    counts(scope, indices) {
      const { graph } = scope;
      return graph.ReduceSum(graph.OneHot(graph.Reshape(indices, [-1]), codebookSize), [0], false);
    },
  };
}

function requireDimension(features: Value, codeDimension: number): void {
  if (channelsOf(features) === codeDimension) return;
  throw new InvalidArgumentError(
    `the entries of the codebook have ${codeDimension} numbers, the features ${channelsOf(features)} channels`,
  );
}
