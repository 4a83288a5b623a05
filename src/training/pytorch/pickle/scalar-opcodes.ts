import { decodeLatin1, decodeText } from '../byte-cursor.ts';
import { CheckpointError, quoted } from '../checkpoint-error.ts';
import type { OpcodeTable, PickleMachine } from './machine.ts';

/** Opcodes that push None, booleans, numbers, text and bytes. */

/** Bytes of the longest integer that is read; PyTorch's longest, its magic number, has 10. */
const maximumIntegerBytes = 64;

/** A number where that is exact, a bigint beyond 2^53. */
function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Little-endian two's complement, as LONG1 and LONG4 write it. */
function integerOfBytes(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--)
    value = (value << 8n) | BigInt(bytes[index] as number);
  return integer(BigInt.asIntN(bytes.length * 8, value));
}

function longInteger(machine: PickleMachine, length: number): void {
  if (length > maximumIntegerBytes) throw machine.damaged(`an integer of ${length} bytes`);
  machine.push(integerOfBytes(machine.cursor.take(length)));
}

/** INT and LONG of protocol 0: "I01" and "I00" are True and False, a LONG ends in "L". */
function integerOfLine(line: string): number | bigint | boolean {
  if (line === '01' || line === '00') return line === '01';
  const digits = line.endsWith('L') ? line.slice(0, -1) : line;
  if (!/^-?[0-9]{1,150}$/.test(digits))
    throw new CheckpointError(`the pickle is damaged: integer ${quoted(line)}`);
  return integer(BigInt(digits));
}

function floatOfLine(line: string): number {
  const value = Number(line.replace(/inf$/, 'Infinity'));
  if (line === '' || (Number.isNaN(value) && line !== 'nan')) {
    throw new CheckpointError(`the pickle is damaged: number ${quoted(line)}`);
  }
  return value;
}

/** STRING of protocol 0: a quoted Python literal. Escapes other than \\xNN, \\\\ and quotes do not occur in checkpoints. */
function stringOfLine(line: string): string {
  const quote = line.at(0);
  if (line.length < 2 || (quote !== "'" && quote !== '"') || line.at(-1) !== quote) {
    throw new CheckpointError(`the pickle is damaged: text ${quoted(line)} is not in quotes`);
  }
  return line
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-f]{2})|(['"\\]))/gi, (_, hex: string | undefined, plain: string) =>
      hex === undefined ? plain : String.fromCharCode(Number.parseInt(hex, 16)),
    );
}

/** UNICODE of protocol 0: Latin-1 with \\uXXXX. */
function unicodeOfLine(line: string): string {
  return line.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function pushText(machine: PickleMachine, length: number): void {
  machine.push(decodeText(machine.cursor.take(length), machine.cursor.what));
}

function pushLatin1(machine: PickleMachine, length: number): void {
  machine.push(decodeLatin1(machine.cursor.take(length)));
}

function pushBytes(machine: PickleMachine, length: number): void {
  // Not slice(), which on a Buffer would go on looking into the file.
  machine.push(new Uint8Array(machine.cursor.take(length)));
}

export const scalarOpcodes: OpcodeTable = [
  ['N', (machine) => machine.push(null)],
  [0x88, (machine) => machine.push(true)],
  [0x89, (machine) => machine.push(false)],
  // INT, BININT, BININT1, BININT2, LONG, LONG1, LONG4
  ['I', (machine) => machine.push(integerOfLine(machine.cursor.line()))],
  ['J', (machine) => machine.push(machine.cursor.i32())],
  ['K', (machine) => machine.push(machine.cursor.u8())],
  ['M', (machine) => machine.push(machine.cursor.u16())],
  ['L', (machine) => machine.push(integerOfLine(machine.cursor.line()))],
  [0x8a, (machine) => longInteger(machine, machine.cursor.u8())],
  [0x8b, (machine) => longInteger(machine, machine.cursor.u32())],
  // FLOAT, BINFLOAT
  ['F', (machine) => machine.push(floatOfLine(machine.cursor.line()))],
  ['G', (machine) => machine.push(machine.cursor.f64BigEndian())],
  // STRING, BINSTRING, SHORT_BINSTRING: text of Python 2, one byte a character
  ['S', (machine) => machine.push(stringOfLine(machine.cursor.line()))],
  ['T', (machine) => pushLatin1(machine, machine.cursor.u32())],
  ['U', (machine) => pushLatin1(machine, machine.cursor.u8())],
  // UNICODE, BINUNICODE, SHORT_BINUNICODE, BINUNICODE8
  ['V', (machine) => machine.push(unicodeOfLine(machine.cursor.line()))],
  ['X', (machine) => pushText(machine, machine.cursor.u32())],
  [0x8c, (machine) => pushText(machine, machine.cursor.u8())],
  [0x8d, (machine) => pushText(machine, machine.cursor.u64())],
  // BINBYTES, SHORT_BINBYTES, BINBYTES8, BYTEARRAY8
  ['B', (machine) => pushBytes(machine, machine.cursor.u32())],
  ['C', (machine) => pushBytes(machine, machine.cursor.u8())],
  [0x8e, (machine) => pushBytes(machine, machine.cursor.u64())],
  [0x96, (machine) => pushBytes(machine, machine.cursor.u64())],
];
