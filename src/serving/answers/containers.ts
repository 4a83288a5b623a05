import { randomUUID } from 'node:crypto';
import { zipSync } from 'fflate';
import { outputFormats } from '../../image/index.ts';
import type { PictureSource } from '../picture-answer.ts';
import { fileName, pictureEntry, sourceEntry } from './answer-document.ts';
import { assembleBytes } from './assemble-bytes.ts';
import type { EncodedPicture } from './made-picture.ts';
import { severalMediaTypes } from './negotiate-several.ts';
import { provenanceHeaders } from './provenance.ts';

/** A file that holds several pictures. */
export interface Container {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** `multipart/mixed` (RFC 2046, 5.1.3): a part is a picture, with what it was made with in its headers. */
export function multipartContainer(pictures: readonly EncodedPicture[]): Container {
  // Random, so that it is in no picture.
  const boundary = randomUUID();
  const parts = pictures.flatMap((picture, index) => {
    const headers = {
      'content-type': outputFormats[picture.format].mediaType,
      'content-length': picture.bytes.length,
      'content-disposition': `attachment; filename="${fileName(index, picture, pictures.length)}"`,
      ...provenanceHeaders([picture]),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return [`--${boundary}\r\n${lines.join('')}\r\n`, picture.bytes, '\r\n'];
  });
  return {
    bytes: assembleBytes([...parts, `--${boundary}--\r\n`]),
    mediaType: `${severalMediaTypes.multipart}; boundary=${boundary}`,
  };
}

/** One document, see `severalDocument`, with the pictures as data URIs. */
export function jsonContainer(pictures: readonly EncodedPicture[], source: PictureSource): Container {
  const entries = pictures.flatMap((picture, index) => {
    const entry = pictureEntry(picture);
    const start = `${index === 0 ? '' : ','}{"image":"data:${entry.mediaType};base64,`;
    return [start, { base64: picture.bytes }, `",${JSON.stringify(entry).slice(1)}`];
  });
  const start = `${JSON.stringify(sourceEntry(source)).slice(0, -1)},"pictures":[`;
  return { bytes: assembleBytes([start, ...entries, ']}']), mediaType: severalMediaTypes.json };
}

/** Pictures and `attributes.json`, stored: what is compressed already gets no smaller. */
export function zipContainer(pictures: readonly EncodedPicture[], source: PictureSource): Container {
  const names = pictures.map((picture, index) => fileName(index, picture, pictures.length));
  const entries = pictures.map((picture, index) => ({ file: names[index], ...pictureEntry(picture) }));
  const attributes = `${JSON.stringify({ ...sourceEntry(source), pictures: entries }, undefined, 2)}\n`;
  const files = Object.fromEntries(pictures.map(({ bytes }, index) => [names[index], bytes]));
  const archive = { ...files, 'attributes.json': new TextEncoder().encode(attributes) };
  return { bytes: zipSync(archive, { level: 0 }), mediaType: severalMediaTypes.zip };
}
