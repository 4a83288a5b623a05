import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../core/tensor.ts';
import { readCheckpoint } from './checkpoint.ts';
import { bytesOf, checkpointFile, tensorPickle, text } from './handmade.ts';
import { stateDict } from './state-dict.ts';
import type { CheckpointValue } from './tree.ts';

function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url));
}

function read(name: string): ReadonlyMap<CheckpointValue, CheckpointValue> {
  return readCheckpoint(fixture(name)) as ReadonlyMap<CheckpointValue, CheckpointValue>;
}

function tensorOf(map: ReadonlyMap<CheckpointValue, CheckpointValue>, key: string): Tensor {
  return map.get(key) as Tensor;
}

describe('readCheckpoint', () => {
  it('reads a state dict in order, with names, shapes and values', () => {
    const dict = stateDict(readCheckpoint(fixture('pixel_discriminator.pth')));
    expect([...dict].map(([key, { dtype, dims }]) => [key, dtype, dims])).toEqual([
      ['net.0.weight', 'float32', [8, 3, 1, 1]],
      ['net.0.bias', 'float32', [8]],
      ['net.2.weight', 'float32', [16, 8, 1, 1]],
      ['net.2.bias', 'float32', [16]],
      ['net.5.weight', 'float32', [1, 16, 1, 1]],
      ['net.5.bias', 'float32', [1]],
    ]);
  });

  it('reads the format before PyTorch 1.6 to the same values as the zip format', () => {
    expect(read('patchgan_legacy.pth')).toEqual(read('patchgan.pth'));
    expect(read('patchgan.pth').size).toBe(10);
  });

  it('reads every element type', () => {
    const types = read('element_types.pth');
    const exact = [-2.5, -0, 0.15625, 3, 65504, 2 ** -24];
    expect(tensorOf(types, 'float64')).toEqual({
      dtype: 'float32',
      dims: [6],
      data: Float32Array.from(exact),
    });
    expect([...tensorOf(types, 'float32').data]).toEqual(exact);
    expect([...tensorOf(types, 'float16').data]).toEqual(exact);
    // 65504 lies between two bfloat16; the nearer one is 65536.
    expect([...tensorOf(types, 'bfloat16').data]).toEqual([-2.5, -0, 0.15625, 3, 65536, 2 ** -24]);
    expect(tensorOf(types, 'int64').data).toEqual(BigInt64Array.from([-3n, 0n, 7n, 100n]));
    expect(tensorOf(types, 'int32').data).toEqual(Int32Array.from([-3, 0, 7, 100]));
    expect(tensorOf(types, 'int16').data).toEqual(Int32Array.from([-3, 0, 7, 100]));
    expect(tensorOf(types, 'int8').data).toEqual(Int8Array.from([-3, 0, 7, 100]));
    expect(tensorOf(types, 'uint8').data).toEqual(Uint8Array.from([0, 7, 255]));
    expect(tensorOf(types, 'bool')).toEqual({ dtype: 'bool', dims: [3], data: Uint8Array.from([1, 0, 1]) });
    expect(tensorOf(types, 'uint16').data).toEqual(Int32Array.from([1, 65535]));
    expect(tensorOf(types, 'large').data).toEqual(BigInt64Array.from([2n ** 53n + 1n, -(2n ** 63n)]));
    expect([...tensorOf(types, 'special').data]).toEqual([Infinity, -Infinity, NaN]);
  });

  it('reads scalars and empty tensors', () => {
    const types = read('element_types.pth');
    expect(tensorOf(types, 'scalar')).toEqual({ dtype: 'float32', dims: [], data: Float32Array.of(1.5) });
    expect(tensorOf(types, 'empty')).toEqual({ dtype: 'float32', dims: [0, 3], data: new Float32Array(0) });
  });

  it.each(['views.pth', 'views_legacy.pth'])('makes views dense and keeps tied tensors tied: %s', (name) => {
    const views = read(name);
    const base = tensorOf(views, 'base');
    expect([...base.data]).toEqual(Array.from({ length: 24 }, (_, index) => index));
    expect(tensorOf(views, 'transposed').dims).toEqual([4, 2, 3]);
    expect([...tensorOf(views, 'transposed').data].slice(0, 9)).toEqual([0, 4, 8, 12, 16, 20, 1, 5, 9]);
    expect([...tensorOf(views, 'every_other').data]).toEqual([1, 2, 9, 10, 13, 14, 21, 22]);
    expect(tensorOf(views, 'repeated')).toEqual({
      dtype: 'float32',
      dims: [2, 3],
      data: new Float32Array(6).fill(17),
    });
    expect([...tensorOf(views, 'offset').data]).toEqual([...base.data].slice(12));
    expect(tensorOf(views, 'tied')).toBe(base);
    expect([...tensorOf(views, 'parameter').data]).toEqual([0, 1, 2, 3]);
    expect([...tensorOf(views, 'half_transposed').data]).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
  });

  it.each(['training_state.pth', 'training_state_protocol5.pth'])(
    'reads a whole training state as plain data: %s',
    (name) => {
      const state = read(name);
      const optimizer = state.get('optimizer') as ReadonlyMap<CheckpointValue, CheckpointValue>;
      const moments = (optimizer.get('state') as ReadonlyMap<CheckpointValue, CheckpointValue>).get(1);
      expect((moments as ReadonlyMap<CheckpointValue, Tensor>).get('exp_avg')?.data).toEqual(
        Float32Array.of(0.5, 0.5, 0.5),
      );
      expect(state.get('args')).toEqual(
        new Map<string, CheckpointValue>([
          ['name', 'horse2zebra'],
          ['ngf', 64],
          ['lr', 2e-4],
          ['gpu_ids', [0]],
          ['no_dropout', true],
          ['phase', null],
        ]),
      );
      const plain = [
        'best',
        'seen',
        'flag',
        'half',
        'set',
        'frozen',
        'device',
        'dtype',
        'size',
        'big',
        'negative',
        'text',
        'tuple',
      ];
      expect(plain.map((key) => state.get(key))).toEqual([
        ...[
          0.1,
          1234,
          true,
          1.5,
          [1],
          ['x'],
          'cuda:0',
          'torch.float16',
          [2, 3],
          2n ** 70n,
          -5,
          'Zürich',
          [1, 2.5, null],
        ],
      ]);
      expect(state.get('history')).toEqual(new Map([['G', [0.25]]]));
      expect(state.get('counter')).toEqual(
        new Map([
          ['a', 2],
          ['b', 1],
        ]),
      );
      expect(state.get('bytes')).toEqual(Uint8Array.of(0, 255));
      expect(state.get('bytearray')).toEqual(Uint8Array.of(1, 128));
      expect(state.get('empty_bytes')).toEqual(new Uint8Array(0));
      expect(tensorOf(state, 'table')).toEqual({
        dtype: 'float32',
        dims: [2, 3],
        data: Float32Array.of(0, 1, 2, 3, 4, 5),
      });
      expect(tensorOf(state, 'rng').data).toEqual(
        BigInt64Array.of(1n, 1812433254n, 3713160357n, 3109174145n),
      );
    },
  );

  it('reads text of Python 2 and views of storages as PyTorch 0.4 wrote them', () => {
    const pickles = [
      bytesOf(0x80, 2, 0x8a, 10, Buffer.from('6cfc9c46f9206aa85019', 'hex'), '.'),
      bytesOf(0x80, 2, 'M', 0xe9, 3, '.'),
      bytesOf(0x80, 2, '}U\x0dlittle_endian\x88s.'),
    ];
    const view = bytesOf('(U\x04viewK\x01K\x02t');
    const storage = bytesOf('(U\x07storagectorch\nFloatStorage\nU\x04rootU\x03cpuK\x04', view, 'tQ');
    const object = bytesOf(
      0x80,
      2,
      '}U\x06weightctorch._utils\n_rebuild_tensor\n(',
      storage,
      'K\x00K\x02\x85K\x01\x85tRs.',
    );
    const keys = bytesOf(0x80, 2, ']U\x04roota.');
    const data = bytesOf(4, 0, 0, 0, 0, 0, 0, 0, new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
    expect(readCheckpoint(bytesOf(...pickles, object, keys, data))).toEqual(
      new Map([['weight', { dtype: 'float32', dims: [2], data: Float32Array.of(2, 3) }]]),
    );
  });

  it('takes files whose checksums were left out, when told so', () => {
    const file = Buffer.from(fixture('pixel_discriminator.pth'));
    const directory = file.indexOf('PK\x01\x02');
    file.writeUInt32LE(0, directory + 16);
    expect(() => readCheckpoint(file)).toThrow(/checksum .* verifyChecksums: false/);
    expect(readCheckpoint(file, { verifyChecksums: false })).toEqual(read('pixel_discriminator.pth'));
  });

  it('refuses tensors that take more than the limit before making them', () => {
    const repeated = tensorPickle({ elements: 1, dims: [1000, 1000, 1000], strides: [0, 0, 0] });
    const file = checkpointFile(repeated, { 0: new Uint8Array(4) });
    expect(() => readCheckpoint(file)).toThrow(/needs at least 4000000000 bytes of decoded tensors/);
    const small = tensorPickle({ elements: 1, dims: [4, 4], strides: [0, 0] });
    const smallFile = checkpointFile(small, { 0: new Uint8Array(4) });
    expect(() => readCheckpoint(smallFile, { maximumBytes: 63 })).toThrow(/limit is 63/);
    expect((readCheckpoint(smallFile, { maximumBytes: 64 }) as Tensor).data).toEqual(new Float32Array(16));
  });

  it.each([
    ['nothing', new Uint8Array(0), /not a PyTorch checkpoint: 0 bytes/],
    [
      'a web page',
      bytesOf('<!DOCTYPE html>'),
      /not a PyTorch checkpoint: 15 bytes starting with 3c21444f43545950/,
    ],
    [
      'another pickle',
      bytesOf(0x80, 2, 0x8a, 10, new Uint8Array(10), '.'),
      /not a PyTorch checkpoint: it holds a number/,
    ],
    ['text', checkpointFile(text('x')).subarray(0, 30), /truncated: it has no end record/],
  ])('names what is no checkpoint: %s', (_, bytes, message) => {
    expect(() => readCheckpoint(bytes)).toThrow(message);
  });
});
