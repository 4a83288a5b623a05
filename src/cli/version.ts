import { readFileSync } from 'node:fs';

/** The version in package.json, which lies two folders up from here, in the sources as in the build. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Program and version, as written into what it makes. */
export function softwareVersion(): string {
  return `unpaired ${packageVersion()}`;
}
