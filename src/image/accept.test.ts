import { expect, test } from 'vitest';
import { preferredMediaType } from './accept.ts';

const offered = [
  'image/png',
  'image/jpeg',
  'multipart/mixed',
  'application/zip',
  'application/json',
] as const;

test.each([
  [undefined, 'image/png'],
  [' ', 'image/png'],
  ['*/*', 'image/png'],
  ['image/jpg', 'image/jpeg'],
  ['application/*', 'application/zip'],
  ['Multipart/*;q=0.2, image/*;q=0.1', 'multipart/mixed'],
  ['application/json, */*;q=0.9', 'application/json'],
  ['application/zip;q=0, application/*', 'application/json'],
  ['image/*, application/json;q=nonsense', 'image/png'],
  // An exact type decides over its wildcard, whichever comes first.
  ['application/json;q=0.1, application/*;q=0.5', 'application/zip'],
  ['*/*;q=0', undefined],
  ['text/html', undefined],
  ['application', undefined],
])('%j prefers %s', (accept, mediaType) => {
  expect(preferredMediaType(accept, offered)).toBe(mediaType);
});

test('accepts nothing of nothing', () => {
  expect(preferredMediaType('*/*', [])).toBeUndefined();
});
