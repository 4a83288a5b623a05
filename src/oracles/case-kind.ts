import { float32, type Tensor } from '../core/tensor.ts';
import type { CaseDeclaration } from './case-schema.ts';
import type { ExpectedOutput, OracleCase } from './oracle-case.ts';

/** What our code computes for an output of a case; undefined when it does not know such an output. */
export type Produced = (output: ExpectedOutput) => Tensor | undefined;

/** One reading of a case. */
export interface Attempt {
  readonly produced: Produced;
  /** What a reader of the result has to know of this reading. */
  readonly footnote?: string;
}

/** A class of the reference code that we can rebuild. Each has a file of its own under `cases/`. */
export interface CaseKind {
  knows(declaration: CaseDeclaration): boolean;
  /**
   * Rebuilds the case from its declaration. Most cases have one attempt; more where the file leaves something open.
   * They are tried in turn until one agrees with all that was saved.
   */
  attempts(oracle: OracleCase): AsyncIterable<Attempt>;
}

/** Looks an output up by its name; one with `elements` is put together from named scalars. */
export function byName(
  tensors: ReadonlyMap<string, Tensor>,
  scalar: (vector: string, element: string) => Tensor | undefined = () => undefined,
): Produced {
  return ({ name, elements }) => {
    if (elements === undefined) return tensors.get(name);
    const values = elements.map((element) => scalar(name, element)?.data[0]);
    const known = values.filter((value) => value !== undefined).map(Number);
    return known.length === elements.length ? float32([known.length], known) : undefined;
  };
}

/** Euclidean norm of a gradient, as `grad_norms` has it: summed in double precision. */
export function normOf(gradient: Tensor | undefined): Tensor | undefined {
  if (gradient === undefined) return undefined;
  const squares = (gradient.data as Float32Array).reduce((sum, value) => sum + value * value, 0);
  return float32([], [Math.sqrt(squares)]);
}
