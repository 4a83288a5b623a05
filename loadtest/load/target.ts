import { InvalidArgumentError } from '../../src/core/errors.ts';

/**
 * The service to load. A load test at a host of someone else is an attack, so any host but this machine must be named
 * a second time.
 * @throws InvalidArgumentError
 */
export function permittedTarget(text: string, permittedHost: string | undefined): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new InvalidArgumentError(`--url takes an address as http://127.0.0.1:8080, got "${text}"`);
  if (isLoopback(url.hostname) || url.hostname === permittedHost) return url;
  throw new InvalidArgumentError(
    `${url.hostname} is not this machine; if you may load it, add --permitted-host ${url.hostname}`,
  );
}

/** RFC 1122, 3.2.1.3; RFC 4291, 2.5.3; RFC 6761, 6.3. */
function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}
