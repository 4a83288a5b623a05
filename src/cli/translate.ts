import { Command, Option } from 'commander';
import {
  type OutputFormat,
  outputFormatNames,
  qualityOf,
  type SizeRequest,
  sizeRequests,
} from '../image/index.ts';
import { availableThreads, LanePool, type Provider } from '../runtime/index.ts';
import { interruptible } from './interruption.ts';
import { openModel } from './open-model.ts';
import { modelsOption, providerOption, threadsOption, wholeNumber } from './options.ts';
import { planPictures } from './picture-plan.ts';
import { StatusLine } from './status-line.ts';
import { translateAll } from './translate-all.ts';

interface TranslateFlags {
  readonly out: string;
  readonly format: OutputFormat;
  readonly quality?: number;
  readonly size: SizeRequest;
  readonly models: string;
  readonly provider: Provider;
  readonly threads?: number;
}

/** `unpaired translate`: pictures on disk to pictures on disk, without a server. */
export function translateCommand(): Command {
  return new Command('translate')
    .summary('translate files or folders of pictures without a server')
    .description(
      'Translates pictures with a model package. A folder is searched at any depth, and its translations keep their ' +
        'paths. Prints the path of each translation. A broken picture is named and skipped; the exit code is then 1.',
    )
    .argument('<model>', 'name of the model; name/version for another than the newest')
    .argument('<pictures...>', 'files or folders (jpg, png, webp, avif, gif with one frame)')
    .option('-o, --out <folder>', 'folder for the translations', 'translated')
    .addOption(
      new Option('-f, --format <name>', 'format of the translations')
        .choices(outputFormatNames)
        .default('png'),
    )
    .option('-q, --quality <n>', '1 to 100, for jpeg, webp and avif', wholeNumber(1, 100))
    .addOption(
      new Option(
        '-s, --size <what>',
        'size of the translations: what the model was trained for, or that of each picture',
      )
        .choices(sizeRequests)
        .default('model'),
    )
    .addOption(modelsOption())
    .addOption(providerOption())
    .addOption(threadsOption())
    .addHelpText(
      'after',
      `
Examples:
  unpaired translate horse2zebra horse.jpg
  unpaired translate horse2zebra photos --out zebras --format jpeg --quality 90
  unpaired translate horse2zebra photos --size original`,
    )
    .action(runTranslate);
}

async function runTranslate(name: string, inputs: readonly string[], flags: TranslateFlags): Promise<void> {
  const { out, format, quality, size, models, provider, threads = availableThreads() } = flags;
  // A quality that the format does not have is refused before anything is opened.
  qualityOf(quality === undefined ? { format } : { format, quality });
  const pictures = await planPictures(inputs, { out, format });
  await interruptible(async (signal) => {
    const status = new StatusLine();
    status.show(`opening ${name} ...`);
    const pool = await LanePool.start({ lanes: 1, threadsPerLane: threads, provider });
    try {
      const model = await openModel(models, name, pool);
      const onTranslated = (output: string) => status.result(output);
      await translateAll(pictures, { model, pool, format, quality, size, signal, status, onTranslated });
    } finally {
      status.clear();
      await pool.close();
    }
  });
}
