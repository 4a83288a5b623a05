/**
 * Dimensions of a shape: a number, or a linear expression over named sizes (`2*H + 1`, `floor((H - 1)/2) + 1`).
 * Expressions are kept in one canonical form, so that two of them are equal exactly when their texts are.
 */
export type Dim = number | SymbolicDim;

export class SymbolicDim {
  /** Canonical text; also the ONNX dim_param. */
  readonly text: string;
  /** Atom (a name, a floor, a product) to its factor; never empty, no zero factor. */
  readonly terms: ReadonlyMap<string, number>;
  readonly constant: number;

  constructor(terms: ReadonlyMap<string, number>, constant: number) {
    this.terms = new Map([...terms].sort(([left], [right]) => (left < right ? -1 : 1)));
    this.constant = constant;
    this.text = textOf(this.terms, constant);
  }
}

/** A named size that is only known when the graph runs. */
export function symbol(name: string): SymbolicDim {
  return new SymbolicDim(new Map([[name, 1]]), 0);
}

export function dimText(dim: Dim): string {
  return typeof dim === 'number' ? String(dim) : dim.text;
}

export function shapeText(shape: readonly Dim[]): string {
  return `[${shape.map(dimText).join(', ')}]`;
}

export function sameDim(left: Dim, right: Dim): boolean {
  return left === right || dimText(left) === dimText(right);
}

export function sameShape(left: readonly Dim[], right: readonly Dim[]): boolean {
  return left.length === right.length && left.every((dim, axis) => sameDim(dim, right[axis] as Dim));
}

export function isStatic(shape: readonly Dim[]): shape is readonly number[] {
  return shape.every((dim) => typeof dim === 'number');
}

export function addDims(left: Dim, right: Dim): Dim {
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  const terms = new Map(termsOf(left));
  for (const [atom, factor] of termsOf(right)) terms.set(atom, (terms.get(atom) ?? 0) + factor);
  return simplified(terms, constantOf(left) + constantOf(right));
}

/** `dim` times an integer. */
export function scaleDim(dim: Dim, factor: number): Dim {
  if (typeof dim === 'number') return dim * factor;
  return simplified(new Map([...dim.terms].map(([atom, by]) => [atom, by * factor])), dim.constant * factor);
}

export function subtractDims(left: Dim, right: Dim): Dim {
  return addDims(left, scaleDim(right, -1));
}

export function multiplyDims(left: Dim, right: Dim): Dim {
  if (typeof left === 'number') return scaleDim(right, left);
  if (typeof right === 'number') return scaleDim(left, right);
  const factors = [`(${left.text})`, `(${right.text})`].sort();
  return symbol(factors.join('*'));
}

/** floor(dim / divisor) for a positive integer divisor. */
export function floorDivide(dim: Dim, divisor: number): Dim {
  if (divisor === 1) return dim;
  if (typeof dim === 'number') return Math.floor(dim / divisor);
  const divisible = [...dim.terms.values()].every((factor) => factor % divisor === 0);
  if (!divisible) return symbol(`floor((${dim.text})/${divisor})`);
  const terms = new Map([...dim.terms].map(([atom, factor]) => [atom, factor / divisor]));
  return simplified(terms, Math.floor(dim.constant / divisor));
}

/** Product of all dimensions: the number of elements. */
export function productOf(shape: readonly Dim[]): Dim {
  return shape.reduce<Dim>((product, dim) => multiplyDims(product, dim), 1);
}

function simplified(terms: ReadonlyMap<string, number>, constant: number): Dim {
  const kept = new Map([...terms].filter(([, factor]) => factor !== 0));
  return kept.size === 0 ? constant : new SymbolicDim(kept, constant);
}

function termsOf(dim: Dim): ReadonlyMap<string, number> {
  return typeof dim === 'number' ? new Map() : dim.terms;
}

function constantOf(dim: Dim): number {
  return typeof dim === 'number' ? dim : dim.constant;
}

function textOf(terms: ReadonlyMap<string, number>, constant: number): string {
  const parts = [...terms].map(([atom, factor]) => (factor === 1 ? atom : `${factor}*${atom}`));
  if (constant !== 0) parts.push(String(constant));
  return parts.join(' + ').replaceAll('+ -', '- ');
}
