/** Text, bytes as they are, or bytes as base64. */
export type Piece = string | Uint8Array | { readonly base64: Uint8Array };

/** Lays pieces one after another. They are copied once, to where they are sent from. */
export function assembleBytes(pieces: readonly Piece[]): Uint8Array {
  const assembled = Buffer.allocUnsafe(pieces.reduce((sum, piece) => sum + byteLength(piece), 0));
  let offset = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') assembled.write(piece, offset);
    else if (piece instanceof Uint8Array) assembled.set(piece, offset);
    else assembled.write(base64Of(piece.base64), offset, 'latin1');
    offset += byteLength(piece);
  }
  return assembled;
}

function byteLength(piece: Piece): number {
  if (typeof piece === 'string') return Buffer.byteLength(piece);
  return piece instanceof Uint8Array ? piece.length : 4 * Math.ceil(piece.base64.length / 3);
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
