/** Headers that hold secrets. */
const secretHeaders = ['authorization', 'x-api-key', 'cookie'];

/**
 * Where the log has headers, as pino's `redact` takes it: the parser of forms logs those of a request at the level
 * trace, other libraries may.
 */
export function secretPaths(): string[] {
  return ['headers', '*.headers'].flatMap((where) => secretHeaders.map((name) => `${where}["${name}"]`));
}

/** A line of the log without API keys that came where none belongs, as in the path of a request. */
export function withoutKeys(line: string): string {
  return line.replaceAll(/unpaired_[\w-]{43}/g, 'unpaired_[redacted]');
}
