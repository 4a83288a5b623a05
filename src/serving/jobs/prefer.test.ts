import { expect, it } from 'vitest';
import { readPreferences } from './prefer.ts';

it.each([
  [undefined, false, undefined],
  ['', false, undefined],
  ['respond-async', true, undefined],
  ['Respond-Async; a=b, WAIT=10', true, 10],
  ['return=minimal, wait="5"', false, 5],
  [['wait=3', 'respond-async'], true, 3],
  ['wait=3, wait=4', false, 3],
  ['wait=-1', false, undefined],
  ['wait=soon', false, undefined],
  ['wait', false, undefined],
  ['not-respond-async', false, undefined],
])('%j', (header, respondAsync, wait) => {
  expect(readPreferences(header)).toEqual({ respondAsync, wait });
});
