/** What a Prefer header asks for, of what we know. */
export interface Preferences {
  readonly respondAsync: boolean;
  /** Seconds that the client would wait; undefined when it does not say. */
  readonly wait: number | undefined;
}

/**
 * Reads `Prefer` (RFC 7240): preferences with commas between them, names in any case, the first of a name counts. What is
 * not known or makes no sense is ignored, as the standard asks.
 */
export function readPreferences(header: string | string[] | undefined): Preferences {
  const preferences = new Map<string, string>();
  for (const preference of [header ?? []].flat().join(',').split(',')) {
    const [name = '', value = ''] = (preference.split(';', 1)[0] as string).split('=', 2);
    const key = name.trim().toLowerCase();
    if (!preferences.has(key)) preferences.set(key, value.trim().replaceAll('"', ''));
  }
  const wait = preferences.get('wait');
  return {
    respondAsync: preferences.has('respond-async'),
    wait: wait !== undefined && /^\d{1,9}$/.test(wait) ? Number(wait) : undefined,
  };
}
