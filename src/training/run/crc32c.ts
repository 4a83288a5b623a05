/** Castagnoli's polynomial 0x1EDC6F41 (RFC 3720, section 12.1), bits reversed. */
const polynomial = 0x82f63b78;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
  return value;
});

/** CRC-32C of `bytes` as an unsigned integer. Not the CRC-32 of zip and PNG, which has another polynomial. */
export function crc32c(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (table[(value ^ byte) & 0xff] as number) ^ (value >>> 8);
  return ~value >>> 0;
}

/**
 * The masked form that TFRecord files hold (TensorFlow, core/lib/hash/crc32c.h): rotated right by 15 bits plus a
 * constant, so that a checksum of bytes which themselves contain checksums stays a good one.
 */
export function maskedCrc32c(bytes: Uint8Array): number {
  const value = crc32c(bytes);
  return (((value >>> 15) | (value << 17)) + 0xa282ead8) >>> 0;
}
