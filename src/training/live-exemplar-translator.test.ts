import { afterAll, beforeAll, expect, it } from 'vitest';
import { float32, toNumbers } from '../core/tensor.ts';
import { uniforms } from '../testing/samples.ts';
import { LiveExemplarTranslator, previewCodes } from './live-exemplar-translator.ts';
import { methodOf } from './methods/index.ts';
import type { ExemplarGuidedTranslator } from './methods/method.ts';
import { initialState } from './step/state.ts';
import { tinyDrit } from './testing/tiny-drit.ts';

const method = methodOf(tinyDrit());
/** Attribute encoders begin near 0, where all styles are alike: they are made ten times as strong. */
const state = new Map(
  [...initialState(method, 1, false)].map(([name, tensor]) => [
    name,
    name.startsWith('enc_a.')
      ? float32(
          tensor.dims,
          toNumbers(tensor).map((value) => 10 * value),
        )
      : tensor,
  ]),
);
const pictureOf = (name: string) => uniforms([1, 3, 32, 32], [-1, 1], name);
const bytesOf = (row: readonly { readonly data: Uint8Array }[]) => row.map(({ data }) => data.join());

let live: LiveExemplarTranslator;
beforeAll(async () => {
  live = await LiveExemplarTranslator.open(method, method.translators[0] as ExemplarGuidedTranslator, {
    size: 32,
    averaged: false,
    session: { provider: 'cpu', threads: 1 },
  });
});
afterAll(() => live.close());

it('shows a picture, its translations with random codes, a style and the translation with its code', async () => {
  const [row] = await live.rows(state, [pictureOf('a')], [pictureOf('style')]);
  expect(row?.map(({ width, height }) => [width, height])).toEqual(
    Array(1 + previewCodes + 2).fill([32, 32]),
  );
  // Every code makes another picture.
  expect(new Set(bytesOf(row ?? [])).size).toBe(row?.length);
});

it('keeps its random codes: another style changes the end of a row only', async () => {
  const [one] = await live.rows(state, [pictureOf('a')], [pictureOf('style')]);
  const [other] = await live.rows(state, [pictureOf('a')], [uniforms([1, 3, 32, 32], [0.5, 1], 'light')]);
  const [first, second] = [one, other].map((row) => bytesOf(row ?? [])) as [string[], string[]];
  expect(second.slice(0, -2)).toEqual(first.slice(0, -2));
  expect(second.at(-1)).not.toBe(first.at(-1));
});

it('leaves the style out where there is none, and goes round where there are fewer than pictures', async () => {
  const [alone] = await live.rows(state, [pictureOf('a')], []);
  expect(alone).toHaveLength(1 + previewCodes);
  const rows = await live.rows(state, [pictureOf('a'), pictureOf('b')], [pictureOf('style')]);
  const styles = rows.map((row) => bytesOf(row).at(-2));
  expect(styles[1]).toBe(styles[0]);
});
