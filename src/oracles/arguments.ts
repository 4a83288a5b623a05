import { UnpairedError } from '../core/errors.ts';

/** A constructor argument that our own code has no counterpart for. */
export class ArgumentError extends UnpairedError {
  constructor(name: string, expected: string, value: unknown) {
    super(`constructor argument ${name} must be ${expected}, got ${JSON.stringify(value)}`, {
      code: 'CASE_ARGUMENT',
      status: 422,
    });
  }
}

/** The `constructor_args` of a case. Notes which of them were looked at, so that the rest can be named. */
export class Arguments {
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly seen = new Set<string>();
  private readonly groups = new Map<string, Arguments>();

  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = values;
  }

  /** Names that nobody asked for; those of a group are put together with its own. */
  get unread(): string[] {
    const own = Object.keys(this.values).filter((name) => !this.seen.has(name));
    const ofGroups = [...this.groups].flatMap(([group, { unread }]) =>
      unread.map((name) => `${group}.${name}`),
    );
    return [...own, ...ofGroups];
  }

  /** Arguments that stand together under one name; none where there is no such name. */
  group(name: string): Arguments {
    const value = this.take(name) ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) throw new ArgumentError(name, 'an object', value);
    const group = this.groups.get(name) ?? new Arguments(value as Readonly<Record<string, unknown>>);
    this.groups.set(name, group);
    return group;
  }

  /** A list of groups; what is not read in one of them is not named. */
  list(name: string): Arguments[] {
    const value = this.take(name);
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'object' && entry !== null)) {
      return value.map((entry: Readonly<Record<string, unknown>>) => new Arguments(entry));
    }
    throw new ArgumentError(name, 'a list of objects', value);
  }

  texts(name: string): string[] {
    const value = this.take(name);
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
    throw new ArgumentError(name, 'a list of texts', value);
  }

  /** Names arguments that have no influence on the numbers of a case. */
  withoutInfluence(...names: readonly string[]): void {
    for (const name of names) this.seen.add(name);
  }

  /** An argument that may be left out, and otherwise has to have this value. */
  mustBe(name: string, value: number | boolean): void {
    const found = this.take(name) ?? value;
    if (found !== value) throw new ArgumentError(name, String(value), found);
  }

  text(name: string, fallback?: string): string {
    const value = this.take(name) ?? fallback;
    if (typeof value === 'string') return value;
    throw new ArgumentError(name, 'a text', value);
  }

  oneOf<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    const value = this.take(name) ?? fallback;
    const chosen = choices.find((choice) => choice === value);
    if (chosen !== undefined) return chosen;
    throw new ArgumentError(name, `one of ${choices.join(', ')}`, value);
  }

  number(name: string, fallback?: number): number {
    const value = this.take(name) ?? fallback;
    if (typeof value === 'number') return value;
    throw new ArgumentError(name, 'a number', value);
  }

  integer(name: string, fallback?: number): number {
    const value = this.number(name, fallback);
    if (Number.isInteger(value)) return value;
    throw new ArgumentError(name, 'an integer', value);
  }

  flag(name: string, fallback?: boolean): boolean {
    const value = this.take(name) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw new ArgumentError(name, 'true or false', value);
  }

  /** A list of integers, which may be none, or the option parsers' `0,4,8`. */
  integers(name: string, fallback?: readonly number[]): number[] {
    const value = this.take(name) ?? fallback;
    const list = typeof value === 'string' ? value.split(',').map(Number) : value;
    if (Array.isArray(list) && list.every(Number.isInteger)) return list as number[];
    throw new ArgumentError(name, 'integers joined by commas', value);
  }

  /** null counts as absent: the option parsers write it for what was not given. */
  private take(name: string): unknown {
    this.seen.add(name);
    return Object.hasOwn(this.values, name) ? (this.values[name] ?? undefined) : undefined;
  }
}
