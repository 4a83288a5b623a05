import { describe, expect, it } from 'vitest';
import { ByteCursor } from '../byte-cursor.ts';
import { CheckpointError } from '../checkpoint-error.ts';
import { bytesOf, u32, u64 } from '../handmade.ts';
import { readPickle } from './pickle.ts';
import { latin1Bytes } from './values.ts';

function read(...parts: readonly (string | number | Uint8Array)[]) {
  return readPickle(new ByteCursor(bytesOf(...parts, '.'), 'the pickle'));
}

describe('readPickle', () => {
  it.each([
    ['NONE', ['N'], null],
    ['NEWTRUE', [0x88], true],
    ['INT', ['I-12\n'], -12],
    ['INT as a boolean', ['I01\n'], true],
    ['LONG', ['L123L\n'], 123],
    ['LONG beyond 2^53', ['L-36893488147419103232L\n'], -(2n ** 65n)],
    ['BININT', ['J', u32(0xfffffffe)], -2],
    ['BININT1', ['K', 200], 200],
    ['BININT2', ['M', 1, 2], 513],
    ['LONG1', [0x8a, 2, 0x00, 0xff], -256],
    ['LONG1 of nothing', [0x8a, 0], 0],
    ['LONG4', [0x8b, u32(9), new Uint8Array(8), 1], 2n ** 64n],
    ['FLOAT', ['F-1.5e3\n'], -1500],
    ['FLOAT inf', ['F-inf\n'], Number.NEGATIVE_INFINITY],
    ['FLOAT nan', ['Fnan\n'], Number.NaN],
    ['BINFLOAT', ['G', 0x3f, 0xf8, new Uint8Array(6)], 1.5],
    ['STRING', ["S'a\\x41\\'b'\n"], "aA'b"],
    ['BINSTRING', ['T', u32(2), 0xe9, 'x'], 'éx'],
    ['UNICODE', ['Va\\u00e9\n'], 'aé'],
    ['BINUNICODE', ['X', u32(2), 0xc3, 0xa9], 'é'],
    ['BINUNICODE8', [0x8d, u64(1), 'x'], 'x'],
    ['SHORT_BINUNICODE', [0x8c, 1, 'x'], 'x'],
    ['BINBYTES', ['B', u32(1), 7], Uint8Array.of(7)],
    ['BINBYTES8', [0x8e, u64(1), 7], Uint8Array.of(7)],
    ['BYTEARRAY8', [0x96, u64(1), 7], Uint8Array.of(7)],
    ['FRAME', [0x80, 4, 0x95, u64(1), 'N'], null],
    ['TUPLE', ['(K\x01K\x02t'], [1, 2]],
    ['TUPLE1, TUPLE2, TUPLE3', ['K\x01', 0x85, 'K\x02K\x03', 0x87, 'N', 0x86], [[[1], 2, 3], null]],
    ['LIST', ['(K\x01Nl'], [1, null]],
    ['APPEND and APPENDS', [']K\x01a(K\x02K\x03e'], [1, 2, 3]],
    ['DICT', ['(K\x01Nd'], new Map([[1, null]])],
    [
      'SETITEM and SETITEMS',
      ['}K\x01Ns(K\x02NK\x03Nu'],
      new Map([
        [1, null],
        [2, null],
        [3, null],
      ]),
    ],
    ['EMPTY_SET and ADDITEMS', [0x8f, '(K\x01K\x01K\x02', 0x90], new Set([1, 2])],
    ['FROZENSET', ['(K\x01', 0x91], new Set([1])],
    ['POP, POP_MARK, DUP', ['K\x01K\x020(NN12', 0x86], [1, 1]],
    ['POP of a mark', ['K\x01(0'], 1],
    ['PUT and GET', [']p7\n0g7\n'], []],
    ['BINPUT and BINGET', ['K\x05q\x010h\x01'], 5],
    ['LONG_BINPUT and LONG_BINGET', ['K\x05r', u32(70_000), '0j', u32(70_000)], 5],
    ['MEMOIZE', ['K\x05', 0x94, '0h\x00'], 5],
    ['INST of a listed class', ['(icollections\nOrderedDict\n'], new Map()],
    ['OBJ of a listed class', ['(ccollections\nOrderedDict\no'], new Map()],
    ['NEWOBJ_EX of a listed class', ['ccollections\nOrderedDict\n)}', 0x92], new Map()],
    ['a dict from pairs', ['ccollections\nOrderedDict\n](]K\x01aNae', 0x85, 'R'], new Map([[1, null]])],
    ['a dict from a dict', ['ccollections\nCounter\n}K\x01K\x02s', 0x85, 'R'], new Map([[1, 2]])],
    ['a defaultdict', ['ccollections\ndefaultdict\ncbuiltins\nlist\n', 0x85, 'RK\x01]s'], new Map([[1, []]])],
    ['a set of Python 2', ['c__builtin__\nset\n]K\x01a', 0x85, 'R'], new Set([1])],
    ['attributes of a dict, dropped', ['ccollections\nOrderedDict\n)R}K\x01Nsb'], new Map()],
  ])('reads %s', (_, parts, value) => {
    expect(read(...parts)).toEqual(value);
  });

  it('leaves the cursor behind the pickle, for the next one', () => {
    const cursor = new ByteCursor(bytesOf('K\x01.K\x02.'), 'the pickle');
    expect([readPickle(cursor), readPickle(cursor), cursor.position]).toEqual([1, 2, 6]);
  });

  it.each([
    ['INT', 'I1x\n'],
    ['an INT of a thousand digits', `I${'9'.repeat(1000)}\n`],
    ['FLOAT', 'Fone\n'],
    ['FLOAT of nothing', 'F\n'],
    ['STRING without quotes', 'Sab\n'],
    ['a line without an end', 'Sab'],
    ['PUT', 'Np-1\n'],
    ['a key without a value', '}(Nu'],
    ['half a pair', 'ccollections\nOrderedDict\n](]NaetR'],
    ['a truncated number', 'J\x01'],
    ['text longer than the pickle', 'X\xff\xff\xff\x7fabc'],
    ['a length beyond 2^53', `\x8d${'\xff'.repeat(8)}`],
  ])('refuses a malformed %s', (_, pickle) => {
    expect(() => read(pickle)).toThrow(CheckpointError);
  });

  it('refuses storages where none may be', () => {
    expect(() => read('NQ')).toThrow(/a storage is mentioned where none may be/);
  });
});

describe('latin1Bytes', () => {
  it('keeps every byte and refuses other characters', () => {
    expect(latin1Bytes('\x00é\xff')).toEqual(Uint8Array.of(0, 0xe9, 0xff));
    expect(() => latin1Bytes('€')).toThrow(/character 8364/);
  });
});
