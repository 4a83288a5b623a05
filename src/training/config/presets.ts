/** Sized for hours on a CPU rather than days on a GPU: 128x128 pixels, half the channels. */
const small = {
  loadSize: 143,
  cropSize: 128,
  options: { generator: { filters: 32 }, discriminator: { filters: 32 } },
};

/** Settings to start from, by name. What they leave out has its published default. */
export const presets: Readonly<Record<string, object>> = { published: {}, small };

/** `over` laid over `base`, object by object; lists are replaced as a whole. */
export function mergeSettings(base: object, over: object): object {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    merged[key] = isRecord(old) && isRecord(value) ? mergeSettings(old, value) : value;
  }
  return merged;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
