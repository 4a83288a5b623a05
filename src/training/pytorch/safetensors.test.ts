import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32, int64, type Tensor, tensor } from '../../core/tensor.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { bytesOf, u64 } from './handmade.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

const mixed = readFileSync(new URL('fixtures/mixed.safetensors', import.meta.url));

function file(header: unknown, dataBytes = 0): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  return bytesOf(u64(Buffer.byteLength(text)), Buffer.from(text), new Uint8Array(dataBytes));
}

function floats(start: number, end: number, shape = [(end - start) / 4]) {
  return { dtype: 'F32', shape, data_offsets: [start, end] };
}

describe('readSafetensors', () => {
  it('reads what the reference library wrote', () => {
    const { tensors, metadata } = readSafetensors(mixed);
    expect(metadata).toEqual(new Map([['format', 'pt']]));
    expect(new Map([...tensors].sort())).toEqual(
      new Map<string, Tensor>([
        ['brain', float32([2], [1.5, -2])],
        ['double', float32([1], [0.1])],
        ['empty', float32([0, 4], [])],
        ['half', float32([2], [1.5, -2])],
        ['mask', tensor('bool', [2], Uint8Array.of(1, 0))],
        ['short', tensor('int32', [1], Int32Array.of(-3))],
        ['step', int64([], [7])],
        ['weight', float32([2, 3], [0, 1, 2, 3, 4, 5])],
      ]),
    );
  });

  it.each([
    ['nothing', new Uint8Array(0), /truncated/],
    ['a header longer than the file', bytesOf(u64(100), '{}'), /truncated: 100 bytes expected/],
    ['a header longer than the limit', bytesOf(u64(2 ** 30), '{}'), /1073741824 bytes, at most/],
    ['a header length beyond 2^53', bytesOf(new Uint8Array(8).fill(255)), /damaged: a length of/],
    ['no JSON', file('{"a":'), /not JSON/],
    ['a list', file('[]'), /not an object/],
    ['bytes that are not text', bytesOf(u64(1), 0xff), /not UTF-8/],
    [
      'an unknown type',
      file({ a: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, 1),
      /type "F8_E4M3"/,
    ],
    [
      'a type that every object has',
      file({ a: { dtype: 'constructor', shape: [1], data_offsets: [0, 1] } }, 1),
      /type "constructor"/,
    ],
    ['a missing shape', file({ a: { dtype: 'F32', data_offsets: [0, 4] } }, 4), /needs a shape/],
    ['a negative size', file({ a: floats(0, 4, [-1]) }, 4), /integers from 0/],
    ['a fraction', file({ a: floats(0, 4, [1.5]) }, 4), /integers from 0/],
    [
      'three offsets',
      file({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, 4),
      /two data_offsets/,
    ],
    [
      'offsets that do not fit the shape',
      file({ a: floats(0, 8, [1]) }, 8),
      /takes 4 bytes, its offsets are 0 to 8/,
    ],
    ['sizes whose product overflows', file({ a: floats(0, 8, [2 ** 52, 2 ** 52]) }, 8), /takes .* bytes/],
    ['offsets in the wrong order', file({ a: floats(4, 0, [1]) }, 4), /takes 4 bytes/],
    ['an overlap', file({ a: floats(0, 8), b: floats(4, 12) }, 12), /"b" overlaps/],
    ['two names for one place', file({ a: floats(0, 4), b: floats(0, 4) }, 4), /"b" overlaps/],
    ['a gap', file({ a: floats(0, 4), b: floats(8, 12) }, 12), /"b" leaves a gap/],
    ['a gap at the start', file({ a: floats(4, 8) }, 8), /"a" leaves a gap/],
    ['offsets out of range', file({ a: floats(0, 8) }, 4), /describes 8 bytes of data, the file has 4/],
    ['bytes left over', file({ a: floats(0, 4) }, 5), /describes 4 bytes of data, the file has 5/],
    ['metadata that is no text', file({ __metadata__: { epoch: 1 } }), /object of texts/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(CheckpointError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });

  it('reads or refuses random damage, never anything else', () => {
    const changes = fc.array(fc.tuple(fc.nat(mixed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(changes, (list) => {
        const copy = Buffer.from(mixed);
        for (const [at, value] of list) copy[at] = value;
        try {
          readSafetensors(copy);
        } catch (thrown) {
          if (!(thrown instanceof CheckpointError)) throw thrown;
        }
      }),
      { numRuns: 1000, interruptAfterTimeLimit: 20_000 },
    );
  });
});

describe('writeSafetensors', () => {
  it('writes what is read back equal, in any mix of types', () => {
    const tensors = new Map<string, Tensor>([
      ['mask', tensor('bool', [3], Uint8Array.of(1, 0, 1))],
      ['0', float32([2, 2], [1, 2, 3, 4])],
      ['step', int64([], [2 ** 40])],
      ['__proto__', float32([0], [])],
      ['ids', tensor('int32', [1], Int32Array.of(-7))],
      ['Zürich', tensor('uint8', [2], Uint8Array.of(9, 255))],
      ['tiny', tensor('int8', [1], Int8Array.of(-1))],
    ]);
    const read = readSafetensors(writeSafetensors(tensors, new Map([['method', 'cut']])));
    expect(read.tensors).toEqual(tensors);
    expect(read.metadata).toEqual(new Map([['method', 'cut']]));
  });

  it('keeps halves and doubles in the file', () => {
    const half = tensor('float16', [2], Uint16Array.of(0x3c00, 0xc000));
    const double = tensor('float64', [1], Float64Array.of(0.5));
    const bytes = writeSafetensors(
      new Map<string, Tensor>([
        ['half', half],
        ['double', double],
      ]),
    );
    expect(Buffer.from(bytes).toString('latin1')).toContain(
      '"dtype":"F16","shape":[2],"data_offsets":[8,12]',
    );
    const { tensors } = readSafetensors(bytes);
    expect(tensors.get('half')).toEqual(float32([2], [1, -2]));
    expect(tensors.get('double')).toEqual(float32([1], [0.5]));
  });

  it('aligns the data, and gives the same bytes in whatever order the tensors come', () => {
    const entries: [string, Tensor][] = [
      ['b', float32([1], [1])],
      ['a', float32([1], [2])],
      ['m', tensor('bool', [1], Uint8Array.of(1))],
    ];
    const bytes = writeSafetensors(new Map(entries));
    expect(writeSafetensors(new Map(entries.reverse()))).toEqual(bytes);
    expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
  });

  it('writes a part of a larger array, not the whole', () => {
    const part = { dtype: 'float32', dims: [2], data: Float32Array.of(1, 2, 3, 4).subarray(1, 3) } as const;
    expect(readSafetensors(writeSafetensors(new Map([['part', part]]))).tensors.get('part')).toEqual(
      float32([2], [2, 3]),
    );
  });

  it('refuses a tensor with the name of the metadata', () => {
    expect(() => writeSafetensors(new Map([['__metadata__', float32([], [1])]]))).toThrow(CheckpointError);
  });
});
