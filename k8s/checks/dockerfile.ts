/** One line of a Dockerfile, continuation lines joined: `COPY` and its arguments as they are written. */
export interface Instruction {
  readonly keyword: string;
  readonly text: string;
}

/** One `FROM` and what follows it. */
export interface Stage {
  readonly name: string;
  /** An image, or the name of an earlier stage. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** What a `COPY` does; without `from` the sources lie in the build's context. */
export interface Copy {
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly destination: string;
}

/** The stages of a Dockerfile in their order, with the defaults of its `ARG`s filled in. */
export function parseDockerfile(text: string): Stage[] {
  const args = new Map<string, string>();
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const instruction of instructionsOf(text)) {
    const { keyword } = instruction;
    const filled = instruction.text.replace(/\$\{(\w+)\}/g, (whole, name: string) =>
      keyword === 'COPY' || keyword === 'FROM' ? (args.get(name) ?? whole) : whole,
    );
    if (keyword === 'ARG') args.set(...splitOnce(filled));
    else if (keyword === 'FROM') stages.push(stageOf(filled));
    else stages.at(-1)?.instructions.push({ keyword, text: filled });
  }
  return stages;
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  const joined = lines
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  return joined.flatMap((line) => {
    const [, keyword, rest] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (keyword !== undefined && rest !== undefined) return [{ keyword, text: rest }];
    if (line.trim() === '') return [];
    throw new Error(`not an instruction of a Dockerfile: ${line}`);
  });
}

function stageOf(text: string): Stage & { instructions: Instruction[] } {
  const [, base, name] = /^(\S+) AS (\S+)$/.exec(text) ?? [];
  if (base === undefined || name === undefined) throw new Error(`FROM ${text}: expected "FROM base AS name"`);
  return { base, name, instructions: [] };
}

export function parseCopy(text: string): Copy {
  const [, from, rest = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(text) ?? [];
  const words = rest.split(' ');
  return { from, sources: words.slice(0, -1), destination: words.at(-1) as string };
}

/** Variables that `ENV` sets, whichever way round they are grouped. */
export function environmentOf({ instructions }: Stage): Record<string, string> {
  const settings = instructions
    .filter(({ keyword }) => keyword === 'ENV')
    .flatMap(({ text }) => text.split(' '));
  return Object.fromEntries(settings.map(splitOnce));
}

/** The last instruction of a kind; @throws Error when there is none, since an image needs each of those asked for */
export function instructionOf({ name, instructions }: Stage, keyword: string): string {
  const found = instructions.findLast((instruction) => instruction.keyword === keyword);
  if (found === undefined) throw new Error(`stage ${name} has no ${keyword}`);
  return found.text;
}

/** The exec form, a JSON list, of `ENTRYPOINT` or `CMD`; @throws SyntaxError for the shell form, where sh would be process 1 */
export function execForm(text: string): string[] {
  return JSON.parse(text.slice(text.indexOf('['))) as string[];
}

function splitOnce(setting: string): [string, string] {
  const at = setting.indexOf('=');
  return [setting.slice(0, at), setting.slice(at + 1)];
}

/**
 * Which files of a folder docker would send to a build: the last pattern that fits a file or a folder above it decides.
 * @param text of a .dockerignore with `*` and `**` as its only wildcards
 * @returns takes a path relative to the context, with forward slashes
 */
export function contextFilter(text: string): (file: string) => boolean {
  const rules = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => ({ admits: line.startsWith('!'), pattern: patternOf(line.replace(/^!/, '')) }));
  return (file) => rules.findLast(({ pattern }) => pattern.test(file))?.admits ?? true;
}

function patternOf(glob: string): RegExp {
  const body = glob
    .split('**/')
    .map((part) => part.replace(/[.+()]/g, '\\$&').replaceAll('*', '[^/]*'))
    .join('(?:.*/)?');
  return new RegExp(`^${body}(?:/|$)`);
}
