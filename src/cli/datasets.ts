import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { requireFreeFolder } from '../training/datasets/dataset-folder.ts';
import { buildEmojiDataset } from '../training/datasets/emoji/build-emoji.ts';
import { emojiStyleNames, type StylePair } from '../training/datasets/emoji/emoji-styles.ts';
import { withFetchedPackages } from '../training/datasets/emoji/fetch-packages.ts';
import { InterruptedError, interruptible } from './interruption.ts';
import { wholeNumber } from './options.ts';
import { StatusLine } from './status-line.ts';

interface EmojiFlags {
  readonly styles: StylePair;
  readonly size: number;
  readonly test: number;
  readonly seed: number;
  readonly modules?: string;
}

/** `unpaired datasets`: makes datasets that may be passed on. */
export function datasetsCommand(): Command {
  return new Command('datasets')
    .summary('make a dataset to train on')
    .description('Makes a folder with trainA, trainB, testA and testB to train on.')
    .addCommand(emojiCommand())
    .addHelpText('after', '\nExample:\n  unpaired datasets emoji data/emoji');
}

function emojiCommand(): Command {
  return new Command('emoji')
    .summary("Microsoft's Fluent emoji in two styles, flat (A) and 3D (B) unless told otherwise; MIT licence")
    .description(
      "Writes Microsoft's Fluent emoji as a dataset: one style as domain A, another as domain B, on white. flat: drawings " +
        'in colour; 3d: pictures; high-contrast: black shapes, so that the other domain is free in its colours. No ' +
        'emoji is in both training folders; the test folders hold the same ones under the same names. npm fetches both ' +
        'packages (17 MB or less) into a temporary folder; nothing stays installed. Prints the path of the dataset.',
    )
    .argument('<folder>', 'folder to write; must not be there, or be empty')
    .option('--styles <a,b>', `two of ${emojiStyleNames.join(', ')}`, stylePair, ['flat', '3d'] as const)
    .option(
      '--size <n>',
      'side of the pictures in pixels; the 3D ones are made for 256',
      wholeNumber(8, 1024),
      72,
    )
    .option('--test <n>', 'emoji held out for the test', wholeNumber(1, 1000), 100)
    .option('--seed <n>', 'decides who is in which folder', wholeNumber(0, Number.MAX_SAFE_INTEGER), 1)
    .option('--modules <folder>', 'a node_modules folder that holds both packages, instead of fetching them')
    .addHelpText(
      'after',
      `
Examples:
  unpaired datasets emoji data/emoji
  unpaired datasets emoji data/emoji-256 --size 256 --test 200
  unpaired datasets emoji data/emoji-contrast --styles high-contrast,3d`,
    )
    .action(makeEmoji);
}

async function makeEmoji(folder: string, flags: EmojiFlags): Promise<void> {
  const { modules, ...settings } = flags;
  const status = new StatusLine();
  const { styles, size, test, seed } = settings;
  const command = `unpaired datasets emoji ${folder} --styles ${styles.join(',')} --size ${size} --test ${test} --seed ${seed}`;
  const progress = (done: number, all: number) => status.show(`${done} of ${all} pictures`);
  await requireFreeFolder(resolve(folder));
  try {
    await interruptible(async (signal) => {
      const build = (at: string) =>
        buildEmojiDataset({ ...settings, folder, modules: at, command, signal, progress });
      if (modules !== undefined) return build(resolve(modules));
      status.show('npm fetches the emoji');
      return withFetchedPackages(styles, build, signal);
    });
  } catch (thrown) {
    throw isAbort(thrown) ? new InterruptedError(`stopped; ${folder} was not written`) : thrown;
  } finally {
    status.clear();
  }
  process.stdout.write(`${resolve(folder)}\n`);
}

function stylePair(text: string): StylePair {
  const [a, b, ...more] = text.split(',').map((name) => emojiStyleNames.find((style) => style === name));
  if (a !== undefined && b !== undefined && a !== b && more.length === 0) return [a, b];
  throw new InvalidArgumentError(
    `Expected two different ones of ${emojiStyleNames.join(', ')}, with a comma.`,
  );
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}
