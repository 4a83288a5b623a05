export interface Part {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Reads a multipart body by the letter of RFC 2046, 5.1.1: nothing before the first delimiter, nothing after the last, and
 * each delimiter on a line of its own.
 */
export function readMultipart(bytes: Uint8Array, mediaType: string): Part[] {
  const boundary = /^multipart\/mixed; boundary=([0-9a-zA-Z'()+_,./:=?-]{1,70})$/.exec(mediaType)?.[1];
  if (boundary === undefined) throw new Error(`no boundary in ${mediaType}`);
  // One character a byte, so that positions are those of the bytes.
  const text = Buffer.from(bytes).toString('latin1');
  const [before, ...rest] = `\r\n${text}`.split(`\r\n--${boundary}`);
  if (before !== '' || rest.pop() !== '--\r\n') throw new Error('not closed by its boundary');
  return rest.map(readPart);
}

function readPart(text: string): Part {
  const end = text.indexOf('\r\n\r\n');
  if (!text.startsWith('\r\n') || end < 0) throw new Error(`no head in ${text.slice(0, 80)}`);
  const lines = text.slice(2, end).split('\r\n');
  const headers = lines.map((line) => {
    const [, name, value] = /^([a-z-]+): ([\x20-\x7e]+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`not a header: ${line}`);
    return [name, value];
  });
  return { headers: Object.fromEntries(headers), body: Buffer.from(text.slice(end + 4), 'latin1') };
}
