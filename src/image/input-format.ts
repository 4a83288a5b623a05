import { UnpairedError } from '../core/errors.ts';

/**
 * Formats that are decoded. The rest is refused by its signature, before a decoder sees it:
 * SVG and PDF are programs more than pictures, HEIC needs a patented decoder that sharp does not carry, and TIFF
 * holds pixels (floating point, Lab, several pages) that have no one meaning as an RGB picture.
 */
export const inputFormats = ['jpeg', 'png', 'webp', 'avif', 'gif'] as const;
export type InputFormat = (typeof inputFormats)[number];

/** Accepted formats as messages and the API description name them. */
export const acceptedFormats = 'JPEG, PNG, WebP, AVIF, or GIF with one frame';

/** The bytes are not a picture in an accepted format; 415 because another media type would be accepted. */
export class ImageFormatUnsupportedError extends UnpairedError {
  constructor(seen: string) {
    super(`the bytes are ${seen}; accepted are ${acceptedFormats}`, {
      code: 'IMAGE_FORMAT_UNSUPPORTED',
      status: 415,
    });
  }
}

/** The first bytes that SVG and HTML are looked for in: a prolog and comments may come before the root element. */
const prologBytes = 1024;

interface Signature {
  /** As a message names it, with its article. */
  readonly name: string;
  readonly format?: InputFormat;
  matches(head: string): boolean;
}

const startsWith =
  (...prefixes: readonly string[]) =>
  (head: string) =>
    prefixes.some((prefix) => head.startsWith(prefix));
const hasBrand = (brands: RegExp) => (head: string) =>
  head.slice(4, 8) === 'ftyp' && brands.test(brandsOf(head));
const hasElement = (element: RegExp) => (head: string) => /^(?:ï»¿)?\s*</.test(head) && element.test(head);

/** In order: the first that matches names the bytes. `head` holds one character (0..255) a byte. */
const signatures: readonly Signature[] = [
  { name: 'a JPEG picture', format: 'jpeg', matches: startsWith('\xff\xd8\xff') },
  { name: 'a PNG picture', format: 'png', matches: startsWith('\x89PNG\r\n\x1a\n') },
  {
    name: 'a WebP picture',
    format: 'webp',
    matches: (head) => head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP',
  },
  { name: 'a GIF picture', format: 'gif', matches: startsWith('GIF87a', 'GIF89a') },
  { name: 'an AVIF picture', format: 'avif', matches: hasBrand(/avif|avis/) },
  { name: 'a HEIC picture', matches: hasBrand(/hei[cmsx]|hev[cmsx]|mif1|msf1/) },
  { name: 'a video', matches: (head) => hasBrand(/./)(head) || head.startsWith('\x1aE\xdf\xa3') },
  { name: 'an SVG document', matches: hasElement(/<svg[\s>]/i) },
  { name: 'an HTML document', matches: hasElement(/<(?:!doctype html|html|head|body)[\s>]/i) },
  { name: 'an XML document', matches: hasElement(/<\?xml\s/) },
  { name: 'a PDF document', matches: (head) => head.includes('%PDF-') },
  { name: 'a TIFF picture', matches: startsWith('II*\0', 'II+\0', 'MM\0*', 'MM\0+') },
  { name: 'a JPEG XL picture', matches: startsWith('\xff\x0a', '\0\0\0\x0cJXL ') },
  { name: 'a JPEG 2000 picture', matches: startsWith('\xff\x4f\xff\x51', '\0\0\0\x0cjP  ') },
  { name: 'a Photoshop document', matches: startsWith('8BPS') },
  { name: 'a BMP picture', matches: startsWith('BM') },
  { name: 'an icon', matches: startsWith('\0\0\x01\0') },
  { name: 'a ZIP archive', matches: startsWith('PK\x03\x04') },
  { name: 'compressed data', matches: startsWith('\x1f\x8b') },
];

/**
 * The format of a picture, by its first bytes; the name of a file or its declared media type are never believed.
 * @throws ImageFormatUnsupportedError naming what the bytes look like
 */
export function detectFormat(bytes: Uint8Array): InputFormat {
  const head = Buffer.from(bytes.subarray(0, prologBytes)).toString('latin1');
  const found = signatures.find((signature) => signature.matches(head));
  if (found?.format !== undefined) return found.format;
  throw new ImageFormatUnsupportedError(
    found?.name ?? `no known picture (they begin with ${firstBytes(bytes)})`,
  );
}

/** Major and compatible brands of an ISO base media file (ISO/IEC 14496-12, 4.3), without the minor version. */
function brandsOf(head: string): string {
  const boxLength = Buffer.from(head.slice(0, 4), 'latin1').readUInt32BE(0);
  return head.slice(8, 12) + head.slice(16, boxLength);
}

function firstBytes(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
