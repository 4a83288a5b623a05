import { expect } from 'vitest';
import { gradients } from '../autodiff/backward.ts';
import type { GradientRules } from '../autodiff/rules/index.ts';
import { float32, type Tensor, toNumbers } from '../core/tensor.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { isStatic } from '../onnx/dimension.ts';
import { typeText } from '../onnx/errors.ts';
import type { Value } from '../onnx/ir.ts';
import { serialize } from '../onnx/serialize.ts';
import { Session } from '../runtime/session.ts';
import { integers, normals } from './samples.ts';

/** A function of float32 tensors, built as a graph, and the place at which its gradients are checked. */
export interface GradientCase {
  readonly inputs: readonly Tensor<'float32'>[];
  /** Gives one value, or several that are all differentiated together. */
  readonly build: (g: GraphBuilder, inputs: readonly Value[]) => Value | readonly Value[];
  /**
   * `linear`: in each input by itself, at least for as far as `step` reaches, so that finite differences have no error
   * but rounding. `smooth`: curved, with derivatives of moderate size up to the fifth.
   */
  readonly form: 'linear' | 'smooth';
  /** Largest change of an input element. Default: 1 for linear functions, 0.1 for smooth ones. */
  readonly step?: number;
}

interface Direction {
  readonly input: number;
  readonly numeric: number;
  readonly gradient: number;
  /** |numeric - gradient| over what is allowed. */
  readonly excess: number;
}

/** Relative to the typical size of <gradient, direction>. */
const relativeTolerance = { linear: 2e-5, smooth: 5e-4 } as const;
const singlePrecision = 2 ** -23;
const directionsPerInput = 2;

/**
 * Fails the test unless `gradients` agrees with finite differences of what the graph computes on ONNX Runtime.
 *
 * With a fixed random cotangent c, the directional derivative of L = sum y c (summed in double precision) along
 * random directions v of each input by itself is compared with <dL / dx, v>. Differences are central; for smooth
 * functions those of steps h and h / 2 are combined to fourth order (Richardson 1911), because ONNX Runtime computes in
 * single precision and the step cannot be small.
 *
 * @param rules the derivatives to check. Default: the table of src/autodiff
 */
export async function gradcheck(subject: GradientCase, rules?: GradientRules): Promise<void> {
  const g = new GraphBuilder('gradcheck');
  const inputs = declareInputs(g, subject);
  const outputs = outputsOf(subject, g, inputs);
  const slopes = gradients(g, contracted(g, outputs), inputs, undefined, rules);
  const graph = g.build({ ...named('output', outputs), ...named('gradient', slopes) });
  const session = await Session.create(serialize(graph), { provider: 'cpu', threads: 1 });
  try {
    const worst = await worstDirection(session, subject);
    if (worst !== undefined && !(worst.excess <= 1)) expect.fail(describe(worst, inputs));
  } finally {
    await session.dispose();
  }
}

/** The gradients of a case as a case: checking it checks the second derivatives. */
export function gradientOf(subject: GradientCase): GradientCase {
  const build = (g: GraphBuilder, inputs: readonly Value[]) =>
    gradients(g, contracted(g, outputsOf(subject, g, inputs)), inputs);
  return { ...subject, build };
}

function declareInputs(g: GraphBuilder, { inputs }: GradientCase): readonly Value[] {
  return inputs.map(({ dtype, dims }, index) => g.input(`input${index}`, dtype, dims));
}

function outputsOf({ build }: GradientCase, g: GraphBuilder, inputs: readonly Value[]): readonly Value[] {
  const built = build(g, inputs);
  return 'dtype' in built ? [built] : built;
}

/** sum over all outputs of y c */
function contracted(g: GraphBuilder, outputs: readonly Value[]): Value {
  return outputs
    .map((y, index) => g.ReduceSum(g.Mul(y, g.constant(cotangent(y, index))), undefined, false))
    .reduce((sum, term) => g.Add(sum, term));
}

function cotangent(y: Value, index: number): Tensor<'float32'> {
  if (!isStatic(y.shape)) throw new Error(`a gradient check needs known sizes, got ${typeText(y)}`);
  return normals(y.shape, 'cotangent', index);
}

async function worstDirection(session: Session, subject: GradientCase): Promise<Direction | undefined> {
  const at = new Probe(session, subject);
  const slopes = await at.run(subject.inputs, 'gradient');
  let worst: Direction | undefined;
  for (const [input, { dims }] of subject.inputs.entries()) {
    for (let count = 0; count < directionsPerInput; count++) {
      const along = directionOf(dims, input, count);
      const direction = await compare(at, input, along, toNumbers(slopes[input] as Tensor));
      if (worst === undefined || !(direction.excess <= worst.excess)) worst = direction;
    }
  }
  return worst;
}

/** Eighths from -1 to 1: multiplied by a power of two and added to a dyadic fraction they are exact. */
function directionOf(dims: readonly number[], input: number, count: number): readonly number[] {
  return toNumbers(integers(dims, [-8, 9], 'direction', input, count)).map((eighths) => eighths / 8);
}

async function compare(
  at: Probe,
  input: number,
  along: readonly number[],
  slope: readonly number[],
): Promise<Direction> {
  const { form, step = form === 'linear' ? 1 : 0.1 } = at.subject;
  const wide = await at.difference(input, along, step);
  const narrow = form === 'smooth' ? await at.difference(input, along, step / 2) : wide;
  const numeric = form === 'smooth' ? (4 * narrow.slope - wide.slope) / 3 : wide.slope;
  const products = slope.map((value, index) => value * (along[index] as number));
  const gradient = products.reduce((sum, product) => sum + product, 0);
  const size = Math.hypot(...products, numeric);
  const allowed = relativeTolerance[form] * size + narrow.rounding + 1e-7;
  return { input, numeric, gradient, excess: Math.abs(numeric - gradient) / allowed };
}

/** The function that is checked, evaluated near its inputs. */
class Probe {
  readonly subject: GradientCase;
  private readonly session: Session;

  constructor(session: Session, subject: GradientCase) {
    this.session = session;
    this.subject = subject;
  }

  /** Outputs of the graph whose names begin with `kind`, in order. */
  async run(inputs: readonly Tensor[], kind: 'output' | 'gradient'): Promise<readonly Tensor[]> {
    const names = this.session.outputNames.filter((name) => name.startsWith(kind));
    const results = await this.session.run(named('input', inputs), names);
    return names.map((name) => results[name] as Tensor);
  }

  /** (L(x + step v) - L(x - step v)) / (2 step), and how far rounding of y to single precision may move it. */
  async difference(input: number, along: readonly number[], step: number) {
    const upper = await this.contraction(input, along, step);
    const lower = await this.contraction(input, along, -step);
    const rounding = (4 * singlePrecision * Math.max(upper.size, lower.size)) / step;
    return { slope: (upper.total - lower.total) / (2 * step), rounding };
  }

  private async contraction(input: number, along: readonly number[], step: number) {
    const moved = this.subject.inputs.map((tensor, index) =>
      index === input ? shifted(tensor, along, step) : tensor,
    );
    const outputs = await this.run(moved, 'output');
    const terms = outputs.flatMap((y, index) => {
      const weights = normals(y.dims, 'cotangent', index).data;
      return toNumbers(y).map((value, place) => value * (weights[place] as number));
    });
    return { total: terms.reduce((sum, term) => sum + term, 0), size: Math.hypot(...terms) };
  }
}

function shifted({ dims, data }: Tensor<'float32'>, along: readonly number[], step: number) {
  return float32(
    dims,
    data.map((value, index) => value + step * (along[index] as number)),
  );
}

function named<T>(prefix: string, values: readonly T[]): Record<string, T> {
  return Object.fromEntries(values.map((value, index) => [`${prefix}${index}`, value]));
}

function describe({ input, numeric, gradient, excess }: Direction, inputs: readonly Value[]): string {
  const type = typeText(inputs[input]);
  return `the gradient by input ${input} (${type}) is wrong: along a random direction finite differences give ${numeric}, gradients give ${gradient}, ${excess.toPrecision(3)} times the tolerance`;
}
