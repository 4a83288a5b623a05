import { describe, expect, it } from 'vitest';
import { float32, int64, tensor } from '../core/tensor.ts';
import { GraphBuilder } from './builder.ts';
import { checkGraph } from './check.ts';
import { type Dim, symbol } from './dimension.ts';
import { GraphError } from './errors.ts';
import type { Graph, Node, Value } from './ir.ts';

/** Builds with inputs x0, x1... of float32 in the given shapes. */
function mistake(
  shapes: readonly (readonly Dim[])[],
  build: (g: GraphBuilder, x: readonly Value[]) => unknown,
) {
  const g = new GraphBuilder('net');
  const inputs = shapes.map((shape, index) => g.input(`x${index}`, 'float32', shape));
  return () => build(g, inputs);
}

const [N, H, W] = [symbol('N'), symbol('H'), symbol('W')];
const image = [N, 3, H, W];

describe('operators name the node, the types and what does not fit', () => {
  it.each<[string, () => unknown]>([
    [
      'Add Add_1(x0: float32[N, 3, H, W], x1: float32[N, 4, H, W]): shapes do not broadcast',
      mistake([image, [N, 4, H, W]], (g, [a, b]) => g.Add(a as Value, b as Value)),
    ],
    [
      'Conv Conv_1(x0: float32[N, 3, H, W], x1: float32[8, 4, 3, 3], none): the kernel reads 4 channels, the input has 3',
      mistake([image, [8, 4, 3, 3]], (g, [x, w]) => g.Conv(x as Value, w as Value)),
    ],
    [
      'Conv Conv_1(x0: float32[1, 1, 2, 8], x1: float32[1, 1, 4, 4], none): the kernel of 4 is larger than axis 2 with its padding',
      mistake(
        [
          [1, 1, 2, 8],
          [1, 1, 4, 4],
        ],
        (g, [x, w]) => g.Conv(x as Value, w as Value),
      ),
    ],
    [
      'Conv Conv_1(x0: float32[N, 3, H, W], x1: float32[8, 3, 1, 1], x2: float32[3]): input 2 must have the shape [8]',
      mistake([image, [8, 3, 1, 1], [3]], (g, [x, w, b]) => g.Conv(x as Value, w as Value, b)),
    ],
    [
      'Conv Conv_1(x0: float32[N, 3, H, W], x1: float32[4, 1, 1, 1], none): 4 kernels do not form 3 groups',
      mistake([image, [4, 1, 1, 1]], (g, [x, w]) => g.Conv(x as Value, w as Value, undefined, { group: 3 })),
    ],
    [
      'Conv Conv_1(x0: float32[N, 3, H, W], x1: float32[4, 3, 1, 1], none): strides, dilations and pads must have 2, 2 and 4 entries',
      mistake([image, [4, 3, 1, 1]], (g, [x, w]) =>
        g.Conv(x as Value, w as Value, undefined, { pads: [1, 1] }),
      ),
    ],
    [
      'ConvTranspose ConvTranspose_1(x0: float32[N, 3, H, W], x1: float32[3, 8, 3, 3], none): output_padding 1 must be smaller than the stride 1',
      mistake([image, [3, 8, 3, 3]], (g, [x, w]) =>
        g.ConvTranspose(x as Value, w as Value, undefined, { output_padding: [1, 1] }),
      ),
    ],
    [
      'MatMul MatMul_1(x0: float32[2, 3], x1: float32[4, 5]): the last axis of input 0 must equal the last but one of input 1',
      mistake(
        [
          [2, 3],
          [4, 5],
        ],
        (g, [a, b]) => g.MatMul(a as Value, b as Value),
      ),
    ],
    [
      'Gemm Gemm_1(x0: float32[2, 3], x1: float32[3, 4], x2: float32[2]): input 2 does not broadcast to [2, 4]',
      mistake([[2, 3], [3, 4], [2]], (g, [a, b, c]) => g.Gemm(a as Value, b as Value, c)),
    ],
    [
      'Reshape Reshape_1(x0: float32[2, 3], constant_1: int64[2]): cannot reshape 6 elements to [4, 2]',
      mistake([[2, 3]], (g, [x]) => g.Reshape(x as Value, [4, 2])),
    ],
    [
      'Reshape Reshape_1(x0: float32[N, 3, H, W], constant_1: int64[2]): -1 cannot be inferred: 3*H*N*W elements do not divide by 4',
      mistake([image], (g, [x]) => g.Reshape(x as Value, [-1, 4])),
    ],
    [
      'Expand Expand_1(x0: float32[2, 3], constant_1: int64[2]): axis 0 of size 2 cannot become 4',
      mistake([[2, 3]], (g, [x]) => g.Expand(x as Value, [4, 3])),
    ],
    [
      'Concat Concat_1(x0: float32[N, 3, H, W], x1: float32[N, 3, H, 8]): input 1 differs from input 0 beside axis 1',
      mistake([image, [N, 3, H, 8]], (g, x) => g.Concat(x, 1)),
    ],
    [
      'Transpose Transpose_1(x0: float32[2, 3]): perm [0,2] is not a permutation of the axes',
      mistake([[2, 3]], (g, [x]) => g.Transpose(x as Value, [0, 2])),
    ],
    [
      'Softmax Softmax_1(x0: float32[2, 3]): axis 2 is outside of rank 2',
      mistake([[2, 3]], (g, [x]) => g.Softmax(x as Value, 2)),
    ],
    [
      'Pad Pad_1(x0: float32[4], constant_1: int64[2]): cannot reflect 4 elements of an axis of 4',
      mistake([[4]], (g, [x]) => g.Pad(x as Value, [4, 0], 'reflect')),
    ],
    [
      'InstanceNormalization InstanceNormalization_1(x0: float32[N, 3, H, W], x1: float32[4], x2: float32[4]): input 1 must have the shape [3]',
      mistake([image, [4], [4]], (g, [x, scale, bias]) =>
        g.InstanceNormalization(x as Value, scale as Value, bias as Value),
      ),
    ],
    [
      'SpaceToDepth SpaceToDepth_1(x0: float32[1, 1, 5, 4]): 5 does not divide by 2',
      mistake([[1, 1, 5, 4]], (g, [x]) => g.SpaceToDepth(x as Value, { blocksize: 2 })),
    ],
    [
      'Exp Exp_1(shape_1: int64[4]): input 0 must be of floating-point numbers',
      mistake([image], (g, [x]) => g.Exp(g.Shape(x as Value))),
    ],
    ['Not Not_1(x0: float32[2]): input 0 must be bool', mistake([[2]], (g, [x]) => g.Not(x as Value))],
    [
      'Mul Mul_1(x0: float32[4], shape_1: int64[1]): inputs must have one data type',
      mistake([[4]], (g, [x]) => g.Mul(x as Value, g.Shape(x as Value))),
    ],
    [
      'Gather Gather_1(x0: float32[4], x0: float32[4]): input 1 must be int64 or int32',
      mistake([[4]], (g, [x]) => g.Gather(x as Value, x as Value, 0)),
    ],
    [
      'Slice Slice_1(x0: float32[H], constant_1: int64[1], constant_2: int64[1], constant_3: int64[1], constant_4: int64[1]): a slice 5:0:-1 of the unknown size H',
      mistake([[H]], (g, [x]) => g.Slice(x as Value, { starts: [5], ends: [0], axes: [0], steps: [-1] })),
    ],
    [
      'Tile Tile_1(x0: float32[2], x1: int64[1]): repeats (input 1) must be known when the graph is built',
      mistake([[2]], (g, [x]) => g.Tile(x as Value, { ...g.input('x1', 'int64', [1]) })),
    ],
    ['Add Add_1(x0: float32[2]): takes 2 inputs, got 1', mistake([[2]], (g, x) => g.append('Add', x))],
    [
      'Exp Exp_1(x0: float32[2]): has no attribute axis',
      mistake([[2]], (g, x) => g.append('Exp', x, Object.fromEntries([['axis', 1]]))),
    ],
  ])('%s', (message, build) => {
    expect(build).toThrow(new GraphError(message));
  });
});

describe('the body of a Loop must keep the types of what it carries', () => {
  const loop = (state: readonly Dim[], result: (b: GraphBuilder, state: Value) => Value) =>
    mistake([[2]], (g, [x]) => {
      const b = g.body('body');
      const [, go, carried] = [
        b.input('i', 'int64', []),
        b.input('go', 'bool', []),
        b.input('s', 'float32', state),
      ];
      g.Loop(g.integers([2]), [x as Value], b.build([go, result(b, carried)]));
    });

  it('into it', () => {
    const message =
      'Loop Loop_1(constant_1: int64[1], constant_2: bool[], x0: float32[2]): input 2 of the body is float32[3], expected float32[2]';
    expect(loop([3], (b, state) => b.Exp(state))).toThrow(new GraphError(message));
  });

  it('out of it', () => {
    const message =
      'Loop Loop_1(constant_1: int64[1], constant_2: bool[], x0: float32[2]): output 1 of the body is float32[4], expected float32[2]';
    expect(loop([2], (b, state) => b.Concat([state, state], 0))).toThrow(new GraphError(message));
  });
});

/** A legal graph of two nodes, to be broken. */
function legal(): { graph: Graph; exp: Node; log: Node } {
  const g = new GraphBuilder('net');
  const graph = g.build([g.Log(g.Exp(g.input('x', 'float32', [2])))]);
  const [exp, log] = graph.nodes as [Node, Node];
  return { graph, exp, log };
}

describe('graphs', () => {
  it('must define before use', () => {
    const { graph, exp, log } = legal();
    expect(() => checkGraph({ ...graph, nodes: [log, exp] })).toThrow(
      new GraphError('graph net: node Log_1 uses "exp_1" (float32[2]), which is not defined before it'),
    );
    expect(() => checkGraph({ ...graph, nodes: [exp] })).toThrow(
      new GraphError(
        'graph net: an output of the graph uses "log_1" (float32[2]), which is not defined before it',
      ),
    );
  });

  it('must define once', () => {
    const { graph, exp, log } = legal();
    expect(() => checkGraph({ ...graph, nodes: [exp, exp, log] })).toThrow(
      new GraphError('graph net: "exp_1" is defined twice'),
    );
    expect(() => checkGraph({ ...graph, outputs: [...graph.outputs, ...graph.outputs] })).toThrow(
      new GraphError('graph net: the output "log_1" is listed twice'),
    );
  });

  it('must use the very value that is defined', () => {
    const { graph, exp, log } = legal();
    const copied = { ...log, inputs: [{ ...(exp.outputs[0] as Value) }] };
    expect(() => checkGraph({ ...graph, nodes: [exp, copied] })).toThrow(
      new GraphError('graph net: node Log_1 uses another value named "exp_1" than the one defined'),
    );
  });

  it('must declare the types that are inferred', () => {
    const { graph, exp, log } = legal();
    const wrong = { ...log, outputs: [{ ...(log.outputs[0] as Value), shape: [3] }] };
    expect(() => checkGraph({ ...graph, nodes: [exp, wrong] })).toThrow(
      new GraphError('graph net: Log Log_1 output 0 is declared float32[3], inferred float32[2]'),
    );
  });

  it('must have constants of their declared type', () => {
    const g = new GraphBuilder('net');
    const graph = g.build([g.Exp(g.constant(float32([2], [1, 2]), 'weight'))]);
    const wrong = graph.constants.map((value) => ({ ...value, constant: int64([1], [1]) }));
    expect(() => checkGraph({ ...graph, constants: wrong })).toThrow(
      new GraphError('graph net: the constant "weight" is declared float32[2], holds int64[1]'),
    );
    const short = { ...tensor('float32', [2], new Float32Array(2)), data: new Float32Array(1) };
    expect(() =>
      checkGraph({ ...graph, constants: wrong.map((value) => ({ ...value, constant: short })) }),
    ).toThrow(new GraphError('graph net: the constant "weight" of float32[2] holds 1 elements'));
  });

  it('may not let a body use what is defined after it', () => {
    const g = new GraphBuilder('net');
    const x = g.input('x', 'float32', [2]);
    const b = g.body('body');
    const [, go, state] = [
      b.input('i', 'int64', []),
      b.input('go', 'bool', []),
      b.input('s', 'float32', [2]),
    ];
    const late = g.Exp(x);
    const outputs = g.Loop(g.integers([2]), [x], b.build([go, b.Add(state, late)]));
    const graph = g.build(outputs);
    expect(() => checkGraph({ ...graph, nodes: [...graph.nodes].reverse() })).toThrow(
      new GraphError('graph body: node Add_1 uses "exp_1" (float32[2]), which is not defined before it'),
    );
  });
});
