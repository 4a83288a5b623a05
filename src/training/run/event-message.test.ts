import { expect, test } from 'vitest';
import { encodeEvent } from './event-message.ts';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

const wallTime = hex(Buffer.from(new Float64Array([2]).buffer));

test('file version', () => {
  const version = hex(Buffer.from('brain.Event:2'));
  expect(hex(encodeEvent(2, 0, { fileVersion: 'brain.Event:2' }))).toBe(`09${wallTime}10001a0d${version}`);
});

test('scalars share one summary', () => {
  const first = '0a08' + '0a0161' + '150000803f'; // value { tag: "a", simple_value: 1 }
  const second = '0a08' + '0a0162' + '15000000c0'; // value { tag: "b", simple_value: -2 }
  expect(hex(encodeEvent(2, 5, { scalars: { a: 1, b: -2 } }))).toBe(`09${wallTime}10052a14${first}${second}`);
});

test('image: height before width, then channels and bytes', () => {
  const image = { width: 3, height: 2, colorspace: 4, bytes: Uint8Array.of(0xaa, 0xbb) };
  const summary = '0a0f' + '0a0169' + '220a' + '0802' + '1003' + '1804' + '2202aabb';
  expect(hex(encodeEvent(2, 1, { tag: 'i', image }))).toBe(`09${wallTime}10012a11${summary}`);
});

test('session start', () => {
  expect(hex(encodeEvent(2, 1, { sessionStart: true }))).toBe(`09${wallTime}10013a020801`);
});

test.each([
  [127, '7f'],
  [128, '8001'],
  [300, 'ac02'],
  [2 ** 31, '8080808008'],
  [2 ** 53 - 1, 'ffffffffffffff0f'],
])('step %d is the varint %s', (step, varint) => {
  const encoded = hex(encodeEvent(2, step, { sessionStart: true }));
  expect(encoded).toBe(`09${wallTime}10${varint}3a020801`);
});
