import { tensor } from '../core/tensor.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { symbol } from '../onnx/dimension.ts';
import { serialize } from '../onnx/serialize.ts';
import { Session } from '../runtime/index.ts';

/** A dense matrix in double precision, row-major `[rows, columns]`. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** A matrix of float32 features becomes double: all that follows is computed in double precision. */
export function matrix(rows: number, columns: number, values: ArrayLike<number>): Matrix {
  return { rows, columns, data: values instanceof Float64Array ? values : Float64Array.from(values) };
}

export function transposed({ rows, columns, data }: Matrix): Matrix {
  const turned = new Float64Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = data[row * columns + column] as number;
    }
  }
  return { rows: columns, columns: rows, data: turned };
}

let opened: Promise<Session> | undefined;

/** Product in double precision, by ONNX Runtime: many times faster than loops in JavaScript. Always on the processor. */
export async function matrixProduct(left: Matrix, right: Matrix): Promise<Matrix> {
  opened ??= openProduct();
  const session = await opened;
  const { product } = await session.run({
    left: tensor('float64', [left.rows, left.columns], left.data),
    right: tensor('float64', [right.rows, right.columns], right.data),
  });
  return { rows: left.rows, columns: right.columns, data: product?.data as Float64Array };
}

/** One session for the life of the process: it holds no weights. */
function openProduct(): Promise<Session> {
  const g = new GraphBuilder('matrix-product');
  const left = g.input('left', 'float64', [symbol('m'), symbol('k')]);
  const right = g.input('right', 'float64', [symbol('k'), symbol('n')]);
  return Session.create(serialize(g.build({ product: g.MatMul(left, right) })), { provider: 'cpu' });
}
