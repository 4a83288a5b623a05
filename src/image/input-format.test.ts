import { expect, test } from 'vitest';
import { detectFormat, ImageFormatUnsupportedError } from './input-format.ts';

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
const accepted = 'accepted are JPEG, PNG, WebP, AVIF, or GIF with one frame';

test.each([
  ['an SVG document', svg],
  ['an SVG document', `\u{feff}<?xml version="1.0"?>\n<!-- drawn by hand -->\n${svg}`],
  ['an HTML document', '<!DOCTYPE html><html><body>404</body></html>'],
  ['an XML document', '<?xml version="1.0"?><note/>'],
  ['a PDF document', '%PDF-1.7\n1 0 obj'],
  ['a TIFF picture', 'II*\0\x08\0\0\0'],
  ['a HEIC picture', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
  ['a video', '\0\0\0\x14ftypisom\0\0\0\0mp41'],
  ['a JPEG XL picture', '\xff\x0a\0\0'],
  ['a BMP picture', 'BM\x36\0\0\0'],
  ['an icon', '\0\0\x01\0\x01\0'],
  ['a ZIP archive', 'PK\x03\x04'],
  ['no known picture (they begin with 68 65 6c 6c 6f)', 'hello'],
  ['no known picture (they begin with 3c 33)', '<3'],
])('%s is refused by name', (name, text) => {
  const bytes = Buffer.from(text, text.includes('\u{feff}') ? 'utf8' : 'latin1');
  expect(() => detectFormat(bytes)).toThrow(ImageFormatUnsupportedError);
  expect(() => detectFormat(bytes)).toThrow(`the bytes are ${name}; ${accepted}`);
});

test('the refusal is 415', () => {
  const error = new ImageFormatUnsupportedError('a poem');
  expect(error).toMatchObject({ code: 'IMAGE_FORMAT_UNSUPPORTED', status: 415 });
});

test('an AVIF is known by any of its brands', () => {
  expect(detectFormat(Buffer.from('\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf', 'latin1'))).toBe('avif');
});
