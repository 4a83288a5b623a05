import type { Domain } from '../../nn/networks/domain.ts';

export type { Domain };

/** For methods that do the same for both domains. */
export const domains = ['A', 'B'] as const;

export type ByDomain<T> = Readonly<Record<Domain, T>>;

export function forDomains<T>(make: (domain: Domain) => T): ByDomain<T> {
  return { A: make('A'), B: make('B') };
}

export function otherDomain(domain: Domain): Domain {
  return domain === 'A' ? 'B' : 'A';
}

/** How published names of networks and losses end. */
export function letterOf(domain: Domain): 'a' | 'b' {
  return domain === 'A' ? 'a' : 'b';
}
