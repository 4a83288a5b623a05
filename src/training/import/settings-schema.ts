import type { z } from 'zod';
import { InvalidArgumentError } from '../../core/errors.ts';
import { mergeSettings } from '../config/index.ts';

/**
 * Recognised settings with some of them replaced, checked.
 * @throws InvalidArgumentError naming each setting at fault, and all that there are
 */
export function changedSettings<T>(schema: z.ZodType<T>, recognised: object, changes: readonly object[]): T {
  const result = schema.safeParse(changes.reduce(mergeSettings, recognised));
  if (result.success) return result.data;
  const faults = result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'settings'}: ${issue.message}`,
  );
  throw new InvalidArgumentError(
    `a generator cannot have these settings: ${faults.join('; ')} (there are ${Object.keys(recognised).join(', ')})`,
  );
}

/** Each setting as it is written behind `--set`. */
export function settingsText(settings: object, prefix = ''): string {
  return Object.entries(settings)
    .map(([name, value]: [string, unknown]) => {
      if (Array.isArray(value)) return `${prefix}${name}=${JSON.stringify(value)}`;
      const isGroup = typeof value === 'object' && value !== null;
      return isGroup ? settingsText(value, `${prefix}${name}.`) : `${prefix}${name}=${value}`;
    })
    .join(' ');
}
