import { halfToNumber, type Tensor, toNumbers } from '../core/tensor.ts';
import { shapeText } from './dimension.ts';
import { typeText } from './errors.ts';
import type { AttributeValue, Graph, Node, Value } from './ir.ts';

/** Constants up to this many elements are written out. */
const elementsShown = 8;

/**
 * A graph as text, one line a node: `conv_1: float32[1, 64, H, W] = Conv(x, w, b) {strides=[2, 2]}`. Large constants
 * are given by type, range and mean; bodies are indented.
 */
export function printGraph(graph: Graph): string {
  return lines(graph).join('\n');
}

function lines(graph: Graph): string[] {
  const inputs = graph.inputs.map((input) => `${input.name}: ${typeText(input)}`);
  const outputs = graph.outputs.map((output) => output.name);
  return [
    `${graph.name}(${inputs.join(', ')}) {`,
    ...indented(graph.constants.map(constantLine)),
    ...indented(graph.nodes.flatMap(nodeLines)),
    ...indented([`return ${outputs.join(', ')}`]),
    '}',
  ];
}

function constantLine(value: Value): string {
  return `${value.name}: ${typeText(value)} = ${tensorText(value.constant as Tensor)}`;
}

function nodeLines(node: Node): string[] {
  const outputs = node.outputs.map((output) => `${output.name}: ${typeText(output)}`);
  const inputs = node.inputs.map((input) => input?.name ?? 'none');
  const { body, ...plain } = node.attributes;
  const attributes = Object.entries(plain).map(([name, value]) => `${name}=${attributeText(value)}`);
  const suffix = attributes.length > 0 ? ` {${attributes.join(', ')}}` : '';
  const line = `${outputs.join(', ')} = ${node.operator}(${inputs.join(', ')})${suffix}`;
  return body === undefined ? [line] : [line, ...indented(lines(body as Graph))];
}

function attributeText(value: AttributeValue): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return value;
  if (isTensor(value)) return `${value.dtype}${shapeText(value.dims)} ${tensorText(value)}`;
  return isNumbers(value) ? `[${value.join(', ')}]` : value.name;
}

function tensorText(tensor: Tensor): string {
  if (tensor.data.length > elementsShown) return summary(tensor);
  const values = toNumbers(tensor);
  return tensor.dims.length === 0 ? String(values[0]) : `[${values.join(', ')}]`;
}

/** Range and mean, without a second copy of what may be megabytes. */
function summary({ dtype, data }: Tensor): string {
  const numberOf = dtype === 'float16' ? (bits: number | bigint) => halfToNumber(Number(bits)) : Number;
  let [low, high, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const element of data) {
    const value = numberOf(element);
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
  }
  const [lowest, highest, mean] = [low, high, sum / data.length].map((value) => value.toPrecision(4));
  return `[${lowest} to ${highest}, mean ${mean}]`;
}

function isTensor(value: AttributeValue): value is Tensor {
  return typeof value === 'object' && 'dtype' in value;
}

function isNumbers(value: AttributeValue): value is readonly number[] {
  return Array.isArray(value);
}

function indented(text: readonly string[]): string[] {
  return text.map((line) => `  ${line}`);
}
