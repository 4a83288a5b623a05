import { describe, expect, it } from 'vitest';
import { NotAcceptableError } from '../errors.ts';
import { negotiateSeveral } from './negotiate-several.ts';

describe('negotiateSeveral', () => {
  it.each([
    // curl, and fetch without a header of one's own.
    [undefined, 'contact-sheet', 'png'],
    ['*/*', 'contact-sheet', 'png'],
    ['image/*', 'contact-sheet', 'png'],
    ['image/webp', 'contact-sheet', 'webp'],
    ['image/png;q=0.5, image/jpeg', 'contact-sheet', 'jpeg'],
    // A page of a browser; axios.
    [
      'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
      'contact-sheet',
      'webp',
    ],
    ['application/json, text/plain, */*', 'contact-sheet', 'png'],
    ['multipart/mixed', 'multipart', 'png'],
    ['multipart/*', 'multipart', 'png'],
    ['application/zip', 'zip', 'png'],
    ['APPLICATION/JSON', 'json', 'png'],
    ['application/json, */*;q=0.1', 'json', 'png'],
    // The container that is preferred, with pictures of the type that is accepted.
    ['multipart/mixed, image/webp;q=0.1', 'multipart', 'webp'],
    ['application/zip, image/*;q=0.9, image/png;q=0', 'zip', 'jpeg'],
    ['application/zip;q=0.4, application/json;q=0.6, image/png;q=0.5', 'json', 'png'],
    ['application/zip;q=0.4, application/json;q=0.3, image/jpeg;q=0.5', 'contact-sheet', 'jpeg'],
    ['multipart/mixed;q=0, application/zip;q=0.001', 'zip', 'png'],
    ['text/event-stream', 'contact-sheet', 'png'],
    ['text/event-stream, application/zip', 'zip', 'png'],
  ])('%j asks for %s of %s', (accept, kind, format) => {
    expect(negotiateSeveral(accept)).toEqual({ kind, format });
  });

  it.each(['text/html', 'image/gif', 'application/zip;q=0', 'multipart/form-data'])(
    'refuses %s',
    (accept) => {
      expect(() => negotiateSeveral(accept)).toThrow(NotAcceptableError);
      expect(() => negotiateSeveral(accept)).toThrow(
        'the service answers with image/png, image/jpeg, image/webp, image/avif, multipart/mixed, application/json, ' +
          `application/zip; Accept allows only "${accept}"`,
      );
    },
  );
});
