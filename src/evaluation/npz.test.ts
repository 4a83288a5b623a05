import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { float32, int64, type Tensor, tensor } from '../core/tensor.ts';
import { NpyError, readNpy, writeNpy } from './npy.ts';
import { readNpz, writeNpz } from './npz.ts';

const mu = tensor('float64', [3], Float64Array.of(1.5, -2, 1e300));
const sigma = tensor('float64', [2, 3], Float64Array.of(1, 2, 3, 4, 5, 6));

/** A file as NumPy writes it, with any header. */
function npy(header: string, data: Uint8Array, version = 1): Uint8Array {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  return Buffer.concat([
    Buffer.from('\x93NUMPY', 'latin1'),
    Buffer.of(version, 0),
    length,
    Buffer.from(header),
    data,
  ]);
}

const bytesOf = ({ data }: Tensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

describe('.npy', () => {
  it.each<[string, Tensor]>([
    ['float64', mu],
    ['two dimensions', sigma],
    ['float32', float32([2, 1], [0.25, -1])],
    ['int64', int64([2], [7, -8])],
    ['a scalar', tensor('float64', [], Float64Array.of(3))],
  ])('reads what it wrote: %s', (_, array) => {
    expect(readNpy(writeNpy(array), 'x')).toEqual(array);
  });

  it('has its data where NumPy wants them', () => {
    // NEP 1: the header ends in a line feed at a multiple of 64.
    const written = writeNpy(mu);
    const start = written.length - 24;
    expect(start % 64).toBe(0);
    expect(written[start - 1]).toBe(10);
    expect(Buffer.from(written.subarray(0, 8)).toString('latin1')).toBe('\x93NUMPY\x01\x00');
  });

  it.each([1, 2, 3])('reads version %i, and columns that come first', (version) => {
    // numpy.asfortranarray([[1, 2, 3], [4, 5, 6]]) has 1, 4, 2, 5, 3, 6 in the file.
    const data = bytesOf(tensor('float64', [6], Float64Array.of(1, 4, 2, 5, 3, 6)));
    const header = "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n";
    expect(readNpy(npy(header, data, version), 'x')).toEqual(sigma);
  });

  const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n";
  it.each([
    ['other files', Buffer.from('PK\x03\x04 and so on'), /does not begin with/],
    ['an empty file', new Uint8Array(), /does not begin with/],
    ['a later version', npy(header, bytesOf(mu), 9), /format version 9/],
    ['objects', npy(header.replace('<f8', '|O'), bytesOf(mu)), /elements of type \|O, expected one of <f4/],
    ['big-endian numbers', npy(header.replace('<f8', '>f8'), bytesOf(mu)), /type >f8/],
    ['a broken header', npy("{'descr': exit()}", bytesOf(mu)), /does not describe an array.*exit/],
    ['too few bytes', npy(header, bytesOf(mu).subarray(1)), /takes 24 bytes, the file has 23/],
    ['a shape that lies', npy(header.replace('(3,)', '(3, 99999999999)'), bytesOf(mu)), /the file has 24/],
    [
      'a header beyond the file',
      npy(header, bytesOf(mu)).subarray(0, 20),
      /header of 58 bytes in a file of 20/,
    ],
    ['an endless header', npy(header.padEnd(70_000), bytesOf(mu), 2), /header of 70000 bytes/],
  ])('refuses %s', (_, file, message) => {
    expect(() => readNpy(file, 'x.npy')).toThrow(message);
    expect(() => readNpy(file, 'x.npy')).toThrow(/^x\.npy: /);
  });

  it('does not write what it would not read', () => {
    expect(() => writeNpy(tensor('bool', [1], Uint8Array.of(1)))).toThrow(/type bool/);
  });
});

describe('.npz', () => {
  it('is the same for the same arrays, and read by name', () => {
    const file = writeNpz({ mu, sigma });
    expect(writeNpz({ mu, sigma })).toEqual(file);
    expect(readNpz(file, 'x', ['mu', 'sigma'])).toEqual(
      new Map([
        ['mu', mu],
        ['sigma', sigma],
      ]),
    );
    expect([...readNpz(file, 'x', ['sigma', 'other']).keys()]).toEqual(['sigma']);
  });

  it('is read deflated too', () => {
    const file = zipSync({ 'sigma.npy': writeNpy(sigma) }, { level: 9 });
    expect(readNpz(file, 'x', ['sigma']).get('sigma')).toEqual(sigma);
  });

  it('is refused when it is something else, or holds something else', () => {
    expect(() => readNpz(gzipSync('x'), 'x.npz', ['mu'])).toThrow(/^x\.npz: is no \.npz file/);
    const half = writeNpz({ mu, sigma }).subarray(0, 300);
    expect(() => readNpz(half, 'x.npz', ['mu'])).toThrow(NpyError);
    const other = zipSync({ 'mu.npy': Buffer.from('no array, but long enough') });
    expect(() => readNpz(other, 'x.npz', ['mu'])).toThrow(/^x\.npz, mu\.npy: is no NumPy array/);
  });

  it('is refused before it is unpacked when it claims too much', () => {
    const file = Buffer.from(writeNpz({ mu }));
    const directory = file.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
    file.writeUInt32LE(0xfffffff0, directory + 24);
    expect(() => readNpz(file, 'x.npz', ['mu'])).toThrow(/arrays of more than 2147483648 bytes/);
  });
});
