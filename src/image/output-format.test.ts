import { describe, expect, test } from 'vitest';
import { negotiateOutputFormat, OutputFormatUnsupportedError, parseOutputFormat } from './output-format.ts';

describe('parseOutputFormat', () => {
  test.each([
    ['png', 'png'],
    ['JPG', 'jpeg'],
    ['jpeg', 'jpeg'],
    ['WebP', 'webp'],
    ['avif', 'avif'],
  ])('%s is %s', (name, format) => {
    expect(parseOutputFormat(name)).toBe(format);
  });

  test.each(['gif', '', 'toString'])('%j is refused', (name) => {
    expect(() => parseOutputFormat(name)).toThrow(OutputFormatUnsupportedError);
    expect(() => parseOutputFormat(name)).toThrow(
      `unknown picture format "${name}"; expected one of png, jpeg, webp, avif`,
    );
  });
});

describe('negotiateOutputFormat', () => {
  test.each([
    [undefined, 'png'],
    ['', 'png'],
    ['*/*', 'png'],
    ['image/*', 'png'],
    ['image/jpeg', 'jpeg'],
    ['image/jpg', 'jpeg'],
    ['IMAGE/WEBP', 'webp'],
    ['image/webp, image/png;q=0.5', 'webp'],
    ['image/png;q=0.5, image/jpeg;q=0.6, */*;q=0.1', 'jpeg'],
    // What browsers send for an <img> and for a page: AVIF is listed first, but nothing else is liked less.
    ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', 'png'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'png'],
    ['image/avif, */*;q=0.8', 'avif'],
    ['image/png;q=0, image/*', 'jpeg'],
    ['image/gif', undefined],
    ['application/json', undefined],
    ['image/png;q=0', undefined],
  ])('%j gives %s', (accept, format) => {
    expect(negotiateOutputFormat(accept)).toBe(format);
  });
});
