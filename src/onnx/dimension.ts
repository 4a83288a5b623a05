/**
 * Dimensions of a shape: a number, or a polynomial over named sizes and rounded-down quotients of such
 * (`2*H*W + 1`, `floor((H + 1)/2)`). There is one canonical form, so that dimensions are compared by their texts:
 * equal texts mean equal sizes, whatever way they were computed.
 */
export type Dim = number | SymbolicDim;

/** What a polynomial is made of: a name, or floor(of / by). */
interface Atom {
  readonly text: string;
  readonly quotient?: { readonly of: SymbolicDim; readonly by: number };
}

/** A product of atoms, times an integer that is not 0. */
interface Term {
  readonly factor: number;
  readonly atoms: readonly Atom[];
}

export class SymbolicDim {
  /** Canonical text; also the ONNX dim_param. */
  readonly text: string;
  /** By the text of their atoms; never empty. */
  readonly terms: ReadonlyMap<string, Term>;
  readonly constant: number;

  constructor(terms: ReadonlyMap<string, Term>, constant: number) {
    this.terms = new Map([...terms].sort(([left], [right]) => (left < right ? -1 : 1)));
    this.constant = constant;
    this.text = textOf(this.terms, constant);
  }
}

/** A named size that is only known when the graph runs. */
export function symbol(name: string): SymbolicDim {
  return ofAtom({ text: name });
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
  return polynomial([...termsOf(left), ...termsOf(right)], constantOf(left) + constantOf(right));
}

/** `dim` times an integer. */
export function scaleDim(dim: Dim, factor: number): Dim {
  if (typeof dim === 'number') return withoutSign(dim * factor);
  return polynomial(
    termsOf(dim).map((term) => ({ ...term, factor: term.factor * factor })),
    dim.constant * factor,
  );
}

export function subtractDims(left: Dim, right: Dim): Dim {
  return addDims(left, scaleDim(right, -1));
}

export function multiplyDims(left: Dim, right: Dim): Dim {
  if (typeof left === 'number') return scaleDim(right, left);
  if (typeof right === 'number') return scaleDim(left, right);
  const products = termsOf(left).flatMap((one) =>
    termsOf(right).map((other) => ({
      factor: one.factor * other.factor,
      atoms: [...one.atoms, ...other.atoms],
    })),
  );
  const crossed = addDims(scaleDim(left, right.constant), scaleDim(right, left.constant));
  return addDims(polynomial(products, 0), addDims(crossed, -left.constant * right.constant));
}

/** floor(dim / divisor) for a positive integer divisor. */
export function floorDivide(dim: Dim, divisor: number): Dim {
  if (divisor === 1) return dim;
  if (typeof dim === 'number') return Math.floor(dim / divisor);
  const whole = termsOf(dim).map((term) => ({ ...term, factor: Math.floor(term.factor / divisor) }));
  const rest = termsOf(dim).map((term) => ({ ...term, factor: modulo(term.factor, divisor) }));
  const remainder = polynomial(rest, modulo(dim.constant, divisor));
  return addDims(
    polynomial(whole, Math.floor(dim.constant / divisor)),
    typeof remainder === 'number' ? Math.floor(remainder / divisor) : quotientOf(remainder, divisor),
  );
}

/** dim / divisor where that is a polynomial again: a divisor of one term that is in every term of `dim`. */
export function divideExactly(dim: Dim, divisor: Dim): Dim | undefined {
  const [by, ...others] = typeof divisor === 'number' ? [{ factor: divisor, atoms: [] }] : termsOf(divisor);
  if (by === undefined || by.factor === 0 || others.length > 0) return undefined;
  if (typeof divisor !== 'number' && (divisor.constant !== 0 || constantOf(dim) !== 0)) return undefined;
  const terms = termsOf(dim).map((term) => withoutFactor(term, by));
  const constant = constantOf(dim) / by.factor;
  if (!Number.isInteger(constant) || !terms.every((term) => term !== undefined)) return undefined;
  return polynomial(terms, constant);
}

/** Product of all dimensions: the number of elements. */
export function productOf(shape: readonly Dim[]): Dim {
  return shape.reduce<Dim>((product, dim) => multiplyDims(product, dim), 1);
}

/** floor(dim / by), with floor(floor(a / b) + c) / d) written as one: floor((a + b*c) / (b*d)). */
function quotientOf(dim: SymbolicDim, by: number): Dim {
  const [term, ...others] = termsOf(dim);
  const inner =
    term?.factor === 1 && term.atoms.length === 1 && others.length === 0 && term.atoms[0]?.quotient;
  if (inner) return floorDivide(addDims(inner.of, inner.by * dim.constant), inner.by * by);
  return ofAtom({ text: `floor((${dim.text})/${by})`, quotient: { of: dim, by } });
}

function ofAtom(atom: Atom): SymbolicDim {
  return new SymbolicDim(new Map([[atom.text, { factor: 1, atoms: [atom] }]]), 0);
}

/** Sums up terms of the same atoms; a term of none is part of the constant. */
function polynomial(terms: readonly Term[], added: number): Dim {
  const sums = new Map<string, Term>();
  const constant = terms.reduce(
    (sum, { atoms, factor }) => (atoms.length === 0 ? sum + factor : sum),
    withoutSign(added),
  );
  for (const term of terms) {
    if (term.atoms.length === 0) continue;
    const atoms = [...term.atoms].sort((left, right) => (left.text < right.text ? -1 : 1));
    const key = atoms.map((atom) => atom.text).join('*');
    const factor = (sums.get(key)?.factor ?? 0) + term.factor;
    if (factor === 0) sums.delete(key);
    else sums.set(key, { factor, atoms });
  }
  return sums.size === 0 ? constant : new SymbolicDim(sums, constant);
}

function withoutFactor(term: Term, by: Term): Term | undefined {
  const atoms = [...term.atoms];
  for (const { text } of by.atoms) {
    const at = atoms.findIndex((atom) => atom.text === text);
    if (at < 0) return undefined;
    atoms.splice(at, 1);
  }
  const factor = term.factor / by.factor;
  return Number.isInteger(factor) ? { factor, atoms } : undefined;
}

function termsOf(dim: Dim): readonly Term[] {
  return typeof dim === 'number' ? [] : [...dim.terms.values()];
}

function constantOf(dim: Dim): number {
  return typeof dim === 'number' ? dim : dim.constant;
}

/** 0 for -0, which would print and compare differently. */
function withoutSign(value: number): number {
  return value + 0;
}

function modulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}

function textOf(terms: ReadonlyMap<string, Term>, constant: number): string {
  const parts = [...terms].map(([text, { factor }]) => `${coefficientText(factor)}${text}`);
  if (constant !== 0) parts.push(String(constant));
  return parts.join(' + ').replaceAll('+ -', '- ');
}

function coefficientText(factor: number): string {
  if (factor === 1) return '';
  return factor === -1 ? '-' : `${factor}*`;
}
