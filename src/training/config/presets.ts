/** Sized for hours on a CPU rather than days on a GPU: 128x128 pixels, half the channels. */
const small = {
  loadSize: 143,
  cropSize: 128,
  options: { generator: { filters: 32 }, discriminator: { filters: 32 } },
};

/** DRIT makes ten pictures of each domain in a full step, and judges and encodes them: 64x64 pixels. */
const smallDrit = {
  loadSize: 76,
  cropSize: 64,
  options: {
    generator: { filters: 32 },
    discriminator: { filters: 32 },
    contentDiscriminator: { halvings: 1 },
  },
};

const presets: Readonly<Record<string, (method: unknown) => object>> = {
  published: () => ({}),
  small: (method) => (method === 'drit' ? smallDrit : small),
};

export const presetNames: readonly string[] = Object.keys(presets);

/** Settings to start from. What they leave out has its published default. @param name one of `presetNames` */
export function presetOf(name: string, method: unknown): object {
  return presets[name]?.(method) ?? {};
}

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
