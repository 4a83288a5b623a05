import { type Markup, markup } from '../../../core/markup.ts';
import { parseRunConfig } from '../../config/index.ts';
import { mergeSettings, presetNames, presetOf } from '../../config/presets.ts';

interface Setting {
  readonly name: string;
  readonly value: string;
  /** Of the preset; absent where it has none or the settings cannot be compared. */
  readonly preset?: string;
}

/** config.json as a table: what differs from the nearest preset first. */
export function settingsSection(config: unknown): Markup {
  const base = nearestPreset(config);
  const settings = flattened(config).map(
    ([name, value]): Setting => ({ name, value, ...presetValue(base?.values.get(name)) }),
  );
  const given = new Set(['method', 'data']);
  const changed = settings.filter(
    ({ name, value, preset }) => base !== undefined && !given.has(name) && preset !== value,
  );
  const rest = settings.filter((setting) => !changed.includes(setting));
  return markup`<section><h2>Settings</h2>${base && changedPart(changed, base.name)}
<details${base === undefined ? markup` open` : undefined}><summary>${changed.length > 0 ? 'All others' : 'All'} (${rest.length})</summary>${table(rest, ['Setting', 'Value'])}</details></section>`;
}

function changedPart(changed: readonly Setting[], preset: string): Markup {
  if (changed.length === 0) return markup`<p>Those of the preset <code>${preset}</code>.</p>`;
  return markup`<p>Changed from the preset <code>${preset}</code>:</p>${table(changed, ['Setting', 'Value', `In ${preset}`])}`;
}

function table(settings: readonly Setting[], heads: readonly string[]): Markup {
  return markup`<div class="wide"><table><thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${settings.map(
    ({ name, value, preset }) =>
      markup`<tr><th scope="row"><code>${name}</code></th><td>${value}</td>${heads.length > 2 ? markup`<td>${preset ?? 'none'}</td>` : undefined}</tr>`,
  )}</tbody></table></div>`;
}

function presetValue(preset: string | undefined): { preset?: string } {
  return preset === undefined ? {} : { preset };
}

/** The preset with the fewest settings that differ; a run does not record which one it began with. */
function nearestPreset(config: unknown): { name: string; values: ReadonlyMap<string, string> } | undefined {
  const { method, data } = (config ?? {}) as Readonly<Record<string, unknown>>;
  const own = flattened(config);
  const candidates = presetNames.flatMap((name) => {
    const complete = completed(mergeSettings(presetOf(name, method), { method, data }));
    if (complete === undefined) return [];
    const values = new Map(flattened(complete));
    return [{ name, values, differing: own.filter(([key, value]) => values.get(key) !== value).length }];
  });
  return candidates.sort((one, other) => one.differing - other.differing)[0];
}

/** Undefined for a method that this version does not know. */
function completed(settings: object): object | undefined {
  try {
    return parseRunConfig(settings);
  } catch {
    return undefined;
  }
}

/** `[['options.generator.filters', '32'], ...]`; a list of plain values is one value. */
function flattened(value: unknown, path = ''): [string, string][] {
  const isPlain = (one: unknown) => typeof one !== 'object' || one === null;
  if (Array.isArray(value) && value.every(isPlain)) return [[path, value.join(', ') || 'none']];
  if (isPlain(value)) return path === '' ? [] : [[path, String(value)]];
  return Object.entries(value as object).flatMap(([key, inner]) =>
    flattened(inner, path === '' ? key : `${path}.${key}`),
  );
}
