import { appendFile, readFile } from 'node:fs/promises';
import { isSystemError } from './durable-write.ts';
import { type SittingEnd, type SittingStart, sittingLineSchema } from './sitting-schema.ts';

/** One stretch of training, from a start or a resume to the next stop. */
export interface RecordedSitting {
  readonly began: SittingStart;
  /** Absent: it is under way, or was killed. */
  readonly ended?: SittingEnd;
}

/** Adds the beginning or the end of a sitting to the run's record. */
export async function recordSitting(
  path: string,
  line: { readonly began: SittingStart } | { readonly ended: SittingEnd },
): Promise<void> {
  await appendFile(path, `${JSON.stringify(line)}\n`);
}

/** The sittings of a run in their order; lines that cannot be read, which a kill may leave, are passed over. */
export async function readSittings(path: string): Promise<RecordedSitting[]> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if (isSystemError(thrown, 'ENOENT')) return '';
    throw thrown;
  });
  const sittings: RecordedSitting[] = [];
  for (const line of text.split('\n').flatMap(parseLine)) {
    const last = sittings.at(-1);
    if ('began' in line) sittings.push(line);
    else if (last !== undefined) sittings[sittings.length - 1] = { ...last, ...line };
  }
  return sittings;
}

function parseLine(text: string) {
  try {
    const { data } = sittingLineSchema.safeParse(JSON.parse(text));
    return data === undefined ? [] : [data];
  } catch {
    return [];
  }
}
