import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { InvalidArgumentError } from '../core/errors.ts';
import type { OutputFormat } from '../image/index.ts';
import { picturesBelow } from './pictures-below.ts';

/** A picture to translate, and where its translation goes. */
export interface PlannedPicture {
  readonly input: string;
  readonly output: string;
}

export interface PlanOptions {
  /** Folder for the translations. */
  readonly out: string;
  readonly format: OutputFormat;
  /** Translations of each picture. Default 1. */
  readonly count?: number;
}

/** A picture that was found, with its path as it will be below the output folder, its own ending included. */
interface FoundPicture {
  readonly input: string;
  readonly below: string;
}

/**
 * Finds the pictures of a command line. A file goes straight into the output folder, a folder's pictures keep their
 * paths below it; the ending becomes that of the format. Two pictures that differ only in their ending keep it as part
 * of the name.
 * @throws InvalidArgumentError when an input is not there, a folder holds no picture, or a translation would overwrite
 *   a picture or another translation
 */
export async function planPictures(
  inputs: readonly string[],
  { out, format, count = 1 }: PlanOptions,
): Promise<PlannedPicture[]> {
  const found = distinct((await Promise.all(inputs.map((input) => findInput(input, out)))).flat());
  const stems = countBy(found, ({ below }) => stemOf(below));
  const ending = format === 'jpeg' ? 'jpg' : format;
  const planned = found.map(({ input, below }) => {
    const name = stems.get(stemOf(below)) === 1 ? stemOf(below) : below;
    return { input, output: path.join(out, `${name}.${ending}`) };
  });
  const written = planned.flatMap(({ input, output }) =>
    numberedOutputs(output, count).map((file) => ({ input, output: file })),
  );
  requireDistinct(written);
  await requireNoInput(planned, written);
  return planned;
}

/** `out/horse.png`; of several translations `out/horse-1.png` and so on, with as many digits as the last needs. */
export function numberedOutputs(output: string, count: number): string[] {
  if (count === 1) return [output];
  const digits = String(count).length;
  const numbers = Array.from({ length: count }, (_, index) => String(index + 1).padStart(digits, '0'));
  return numbers.map((number) => `${stemOf(output)}-${number}${path.extname(output)}`);
}

async function findInput(input: string, out: string): Promise<FoundPicture[]> {
  const kind = await stat(input).catch((cause: unknown) => {
    throw new InvalidArgumentError(`there is no file or folder ${input}`, { cause });
  });
  if (!kind.isDirectory()) return [{ input, below: path.basename(input) }];
  const pictures = await picturesBelow(input, out);
  if (pictures.length === 0) {
    throw new InvalidArgumentError(`the folder ${input} holds no picture (jpg, jpeg, png, webp, avif, gif)`);
  }
  return pictures.map((below) => ({ input: path.join(input, below), below }));
}

/** A picture that is named twice, or is in a folder that is named too, is translated once. */
function distinct(pictures: readonly FoundPicture[]): FoundPicture[] {
  return [...new Map(pictures.map((picture) => [path.resolve(picture.input), picture])).values()];
}

/** The path without its ending. */
function stemOf(file: string): string {
  return file.slice(0, file.length - path.extname(file).length);
}

function requireDistinct(planned: readonly PlannedPicture[]): void {
  const inputs = new Map<string, string>();
  for (const { input, output } of planned) {
    const other = inputs.get(output);
    if (other !== undefined) {
      throw new InvalidArgumentError(
        `${other} and ${input} would both become ${output}; translate them one by one`,
      );
    }
    inputs.set(output, input);
  }
}

async function requireNoInput(
  planned: readonly PlannedPicture[],
  written: readonly PlannedPicture[],
): Promise<void> {
  const inputs = new Set(await Promise.all(planned.map(({ input }) => realpath(input))));
  for (const { output } of written) {
    const existing = await realpath(output).catch(() => undefined);
    if (existing === undefined || !inputs.has(existing)) continue;
    throw new InvalidArgumentError(
      `${output} is itself a picture to translate; choose another folder with --out`,
    );
  }
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
