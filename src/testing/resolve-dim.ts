import { type Dim, dimText } from '../onnx/dimension.ts';

/** The number that a dimension's expression has for given sizes of its names. */
export function resolveDim(dim: Dim, sizes: Readonly<Record<string, number>>): number {
  const names = Object.keys(sizes);
  const evaluate = new Function('floor', ...names, `return ${dimText(dim)};`);
  return evaluate(Math.floor, ...names.map((name) => sizes[name])) as number;
}
