import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type DType, float32, int64, type Tensor, type TensorData, tensor } from '../core/tensor.ts';
import { slowModel, tinyModel, unaryModel } from '../testing/tiny-model.ts';
import { FeedsError, ModelLoadError, RunError, Session } from './session.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'unpaired-session-'));
afterAll(() => rmSync(folder, { recursive: true }));

const options = { provider: 'cpu', threads: 1 } as const;
const sumAndProduct = tinyModel({
  inputs: [
    { name: 'a', dtype: 'float32', shape: ['n', 2] },
    { name: 'b', dtype: 'float32', shape: ['n', 2] },
  ],
  outputs: [
    { name: 'sum', dtype: 'float32', shape: ['n', 2] },
    { name: 'product', dtype: 'float32', shape: ['n', 2] },
  ],
  nodes: [
    { operator: 'Add', inputs: ['a', 'b'], outputs: ['sum'] },
    { operator: 'Mul', inputs: ['a', 'b'], outputs: ['product'] },
  ],
});
const a = float32([1, 2], [2, 3]);
const b = float32([1, 2], [10, 20]);

describe('Session', () => {
  it('tells names, element types and shapes of the model, and what runs', async () => {
    const session = await Session.create(sumAndProduct, options);
    expect(session.inputNames).toEqual(['a', 'b']);
    expect(session.outputNames).toEqual(['sum', 'product']);
    expect(session.inputs[1]).toEqual({ name: 'b', dtype: 'float32', shape: ['n', 2] });
    expect(session.provider).toBe('cpu');
  });

  it('computes all outputs, or the ones asked for', async () => {
    const session = await Session.create(sumAndProduct, options);
    expect(await session.run({ a, b })).toEqual({
      sum: float32([1, 2], [12, 23]),
      product: float32([1, 2], [20, 60]),
    });
    expect(await session.run({ a, b }, ['product'])).toEqual({ product: float32([1, 2], [20, 60]) });
  });

  it('opens a file by its path', async () => {
    const file = path.join(folder, 'sum.onnx');
    writeFileSync(file, sumAndProduct);
    const session = await Session.create(file, options);
    expect((await session.run({ a, b })).sum).toEqual(float32([1, 2], [12, 23]));
  });

  const cases: [operator: string, dtype: DType, input: TensorData, output: TensorData][] = [
    ['Abs', 'float32', Float32Array.of(-1.5, 2), Float32Array.of(1.5, 2)],
    ['Abs', 'float64', Float64Array.of(-1.5, 2), Float64Array.of(1.5, 2)],
    ['Identity', 'float16', Uint16Array.of(0x3c00, 0xc000), Uint16Array.of(0x3c00, 0xc000)],
    ['Abs', 'int64', BigInt64Array.of(-(2n ** 60n), 1n), BigInt64Array.of(2n ** 60n, 1n)],
    ['Abs', 'int32', Int32Array.of(-7, 7), Int32Array.of(7, 7)],
    ['Abs', 'int8', Int8Array.of(-7, 7), Int8Array.of(7, 7)],
    ['Identity', 'uint8', Uint8Array.of(0, 255), Uint8Array.of(0, 255)],
    ['Not', 'bool', Uint8Array.of(0, 1), Uint8Array.of(1, 0)],
  ];
  it.each(cases)('%s carries %s', async (operator, dtype, input, output) => {
    const session = await Session.create(unaryModel(operator, dtype), options);
    const { y } = await session.run({ x: tensor(dtype, [2], input) });
    expect(y).toEqual({ dtype, dims: [2], data: output });
  });

  it('reads windows on larger arrays, shared memory and empty tensors, and returns arrays that own their memory', async () => {
    const session = await Session.create(unaryModel('Abs', 'float32'), options);
    const run = async (data: Float32Array) =>
      (await session.run({ x: float32([data.length], data) })).y as Tensor;
    const window = await run(Float32Array.of(9, -1, -2, 9).subarray(1, 3));
    expect(window.data).toEqual(Float32Array.of(1, 2));
    expect(window.data.buffer.byteLength).toBe(8);
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([-3, 4]);
    expect((await run(shared)).data).toEqual(Float32Array.of(3, 4));
    expect((await run(new Float32Array(0))).data).toEqual(new Float32Array(0));
  });

  it('refuses missing, unknown, wrongly typed and wrongly sized feeds, naming both sides', async () => {
    const session = await Session.create(sumAndProduct, options);
    const refusal = (feeds: Record<string, Tensor>) => session.run(feeds).catch((error: unknown) => error);
    expect(await refusal({ a })).toEqual(new FeedsError("the model's inputs are a, b, got a"));
    expect(await refusal({ a, b, c: b })).toEqual(new FeedsError("the model's inputs are a, b, got a, b, c"));
    expect(await refusal({ a, b: int64([1, 2], [1, 2]) })).toEqual(
      new FeedsError('input b is float32, got int64'),
    );
    const short: Tensor = { dtype: 'float32', dims: [1, 2], data: Float32Array.of(1) };
    await expect(session.run({ a, b: short })).rejects.toThrow(
      'input b is not a float32 tensor (1 elements for shape [1, 2])',
    );
    await expect(session.run({ a, b }, ['quotient'])).rejects.toThrow(
      "the model's outputs are sum, product, asked for quotient",
    );
  });

  it('passes on what ONNX Runtime says of a shape that does not fit', async () => {
    const session = await Session.create(sumAndProduct, options);
    const run = session.run({ a: float32([1, 3], [1, 2, 3]), b });
    await expect(run).rejects.toThrow(RunError);
    await expect(run).rejects.toThrow(/dimensions for input: a/);
  });

  it('says why a model cannot be opened', async () => {
    const missing = path.join(folder, 'missing.onnx');
    await expect(Session.create(missing, options)).rejects.toThrow(ModelLoadError);
    await expect(Session.create(missing, options)).rejects.toThrow(
      /cannot open .*missing\.onnx: .*doesn't exist/,
    );
    await expect(Session.create(Uint8Array.of(1, 2, 3), options)).rejects.toThrow(
      'cannot open a model of 3 bytes: Failed to load model because protobuf parsing failed.',
    );
  });

  it('can be disposed twice, after the runs under way, and then refuses to run', async () => {
    const session = await Session.create(slowModel(2), options);
    const running = session.run({ x: float32([2, 2], [1, 1, 1, 1]) });
    await Promise.all([session.dispose(), session.dispose()]);
    expect((await running).y).toEqual(float32([2, 2], [4, 4, 4, 4]));
    await expect(session.run({ x: float32([1, 1], [1]) })).rejects.toThrow('the session is disposed');
  });

  it('writes a profile with the time of each operator of each run', async () => {
    const profile = path.join(folder, 'profile');
    const session = await Session.create(sumAndProduct, { ...options, profile, optimization: 'disabled' });
    await session.run({ a, b });
    await session.run({ a, b });
    const file = session.endProfiling();
    await session.dispose();
    expect(path.dirname(file)).toBe(folder);
    const events = JSON.parse(readFileSync(file, 'utf8')) as { cat: string; name: string; dur: number }[];
    const runs = events.filter(({ name }) => name === 'model_run');
    const kernels = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
    expect([runs.length, kernels.length]).toEqual([2, 4]);
  });

  it('has no profile to end when none was asked for', async () => {
    const session = await Session.create(sumAndProduct, options);
    expect(() => session.endProfiling()).toThrow('opened without the option "profile"');
  });

  it('computes the same with one thread or two, busy waiting or not', async () => {
    const x = float32(
      [64, 64],
      Float32Array.from({ length: 4096 }, (_, index) => Math.sin(index) / 8),
    );
    const results = await Promise.all(
      [{ threads: 1 }, { threads: 2 }, { threads: 2, spinning: false }].map(async (setting) => {
        const session = await Session.create(slowModel(4), { provider: 'cpu', ...setting });
        return session.run({ x });
      }),
    );
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });
});
