import { expect, it } from 'vitest';
import { assembleBytes } from './assemble-bytes.ts';

it.each([0, 1, 2, 3, 4])('lays text, bytes and base64 of %i bytes one after another', (length) => {
  // A part of a larger buffer, as pictures may be.
  const bytes = Uint8Array.from({ length: 9 }, (_, index) => 250 + index).subarray(2, 2 + length);
  const assembled = assembleBytes(['größe', bytes, { base64: bytes }, '', '!']);
  const whole = Buffer.concat([
    Buffer.from('größe'),
    bytes,
    Buffer.from(Buffer.from(bytes).toString('base64')),
    Buffer.from('!'),
  ]);
  expect(Buffer.from(assembled)).toEqual(whole);
});
