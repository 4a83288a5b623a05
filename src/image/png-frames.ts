const signatureLength = 8;
/** Length, type and checksum of a chunk, four bytes each. */
const chunkOverhead = 12;

/**
 * Frames that a PNG declares in its animation control chunk (`acTL`, PNG third edition, 11.3.6.1); 1 when it has none.
 * libvips reads only the default picture of an animated PNG and does not tell that there are more.
 */
export function declaredPngFrames(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = signatureLength;
  while (offset + chunkOverhead <= bytes.length) {
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    // The chunk is valid only before the first IDAT.
    if (type === 'IDAT') return 1;
    if (type === 'acTL') return view.getUint32(offset + 8);
    offset += chunkOverhead + view.getUint32(offset);
  }
  return 1;
}
