import { readFile } from 'node:fs/promises';
import { Command, Option, InvalidArgumentError as WrongUsage } from 'commander';
import { InvalidArgumentError } from '../core/errors.ts';
import {
  type OutputFormat,
  outputFormatNames,
  qualityOf,
  type SizeRequest,
  sizeRequests,
} from '../image/index.ts';
import { availableThreads, LanePool, type Provider } from '../runtime/index.ts';
import type { AttributeCode } from '../serving/guidance/attribute-code.ts';
import { mostOutputs, picturesOf } from '../serving/guidance/plan.ts';
import { guidanceOptions } from '../serving/guidance/schemas.ts';
import { modelInto } from '../serving/guidance/target-domain.ts';
import { interruptible } from './interruption.ts';
import { openModel } from './open-model.ts';
import { modelsOption, providerOption, repeated, threadsOption, wholeNumber } from './options.ts';
import { planPictures } from './picture-plan.ts';
import { addSamplingOptions, type SamplingFlags, samplingWishes } from './sampling-flags.ts';
import { StatusLine } from './status-line.ts';
import { translateAll } from './translate-all.ts';
import { planTranslation } from './translation-plan.ts';

interface TranslateFlags extends SamplingFlags {
  readonly out: string;
  readonly format: OutputFormat;
  readonly quality?: number;
  readonly size: SizeRequest;
  readonly models: string;
  readonly provider: Provider;
  readonly threads?: number;
  readonly outputs?: number;
  readonly seed?: number;
  readonly to?: string;
  readonly style: readonly string[];
  readonly attribute?: readonly AttributeCode[];
}

/** `unpaired translate`: pictures on disk to pictures on disk, without a server. */
export function translateCommand(): Command {
  const command = new Command('translate')
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
    .addOption(
      new Option(
        '-n, --outputs <n>',
        'translations of each picture, for models that can make several (default: one for each style and code, or 1)',
      ).argParser(wholeNumber(1, mostOutputs)),
    )
    .addOption(
      new Option(
        '--seed <n>',
        'what they are sampled with (default: one that is drawn and printed)',
      ).argParser(wholeNumber(0, 2 ** 32 - 1)),
    )
    .addOption(
      new Option(
        '--style <picture>',
        'picture of the domain that is translated into, whose look is taken over; may be repeated',
      )
        .argParser(repeated)
        .default([], 'none'),
    )
    .addOption(
      new Option('--attribute <json>', 'attribute code, or list of codes, to use').argParser(attributeCodes),
    )
    .option(
      '--to <domain>',
      'domain to translate into, for models of both directions (default: their target)',
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
  unpaired translate horse2zebra photos --size original
  unpaired translate drawing2photo drawing.png --outputs 8 --seed 1
  unpaired translate drawing2photo drawing.png --style red.jpg --style blue.jpg
  unpaired translate cat2dog cat.jpg --strength 0.4 --steps 25 --solver second-order`,
    )
    .action(runTranslate);
  return addSamplingOptions(command);
}

async function runTranslate(name: string, inputs: readonly string[], flags: TranslateFlags): Promise<void> {
  const { out, format, quality, size, models, provider, threads = availableThreads() } = flags;
  // A quality that the format does not have is refused before anything is opened.
  qualityOf(quality === undefined ? { format } : { format, quality });
  const style = await Promise.all(flags.style.map(readStyle));
  const wishes = { outputs: flags.outputs, seed: flags.seed, attribute: flags.attribute, style };
  const pictures = await planPictures(inputs, { out, format, count: picturesOf(wishes) });
  await interruptible(async (signal) => {
    const status = new StatusLine();
    status.show(`opening ${name} ...`);
    const pool = await LanePool.start({ lanes: 1, threadsPerLane: threads, provider });
    try {
      const model = modelInto(await openModel(models, name, pool), flags.to);
      const how = planTranslation(model, { ...wishes, ...samplingWishes(flags) });
      const { seed } = ('plan' in how ? how.plan : how.guidance) ?? {};
      if (seed !== undefined && flags.seed === undefined) status.message(`seed ${seed}`);
      const onTranslated = (output: string) => status.result(output);
      await translateAll(pictures, {
        model,
        pool,
        format,
        quality,
        size,
        how,
        signal,
        status,
        onTranslated,
      });
    } finally {
      status.clear();
      await pool.close();
    }
  });
}

async function readStyle(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new InvalidArgumentError(`the style picture ${file} cannot be read`, { cause });
  });
}

/** The same JSON that the service takes. */
function attributeCodes(text: string): readonly AttributeCode[] | undefined {
  const read = guidanceOptions.attribute.safeParse(text);
  if (read.success) return read.data;
  throw new WrongUsage(read.error.issues.map(({ message }) => message).join('; '));
}
