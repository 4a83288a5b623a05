import { Command, Option } from 'commander';
import { directions } from '../training/export/export-request.ts';
import { cardOptions } from './card-options.ts';
import { guidedOptions } from './guided-options.ts';
import { type ExtractorFlags, extractorImporter, extractorOptions } from './import-extractor.ts';
import { type GeneratorFlags, importGenerator } from './import-generator.ts';
import { modelsOption, modelVersionOption, repeated, wholeNumber } from './options.ts';

/** What the options of `unpaired import` say; each kind of file reads those that concern it. */
export interface ImportFlags extends GeneratorFlags, ExtractorFlags {
  readonly as: string;
}

type Importer = (file: string, flags: ImportFlags) => Promise<void>;

/** What a file can be taken for: one entry a choice of `--as`. */
const importers: Readonly<Record<string, Importer>> = {
  generator: importGenerator,
  'fid-inception': extractorImporter('fid-inception'),
  'efficientnet-lite0': extractorImporter('efficientnet-lite0'),
  'lpips-vgg': extractorImporter('lpips-vgg'),
  'lpips-alex': extractorImporter('lpips-alex'),
  features: extractorImporter('features'),
};

/** `unpaired import`: weights from elsewhere become something that this program uses. */
export function importCommand(): Command {
  const command = new Command('import')
    .summary('make a model package of a published checkpoint or an ONNX file')
    .description(
      'Reads a PyTorch checkpoint (.pth, .pt), a safetensors file or an ONNX generator, and writes ' +
        'models/<name>/<version>/, which is served like any other. Nothing in a checkpoint is executed. Which ' +
        'generator it is, is recognised from the names and shapes of its tensors. With another --as, ' +
        'the file becomes extractors/<name>/, with which pictures are measured. Prints the path of the package.',
    )
    .argument('<file>', 'checkpoint, safetensors file or ONNX file')
    .addOption(
      new Option('--as <kind>', 'what the file is').choices(Object.keys(importers)).default('generator'),
    )
    .option('-n, --name <name>', 'name of the model (default: guessed from the names of file and folder)')
    .addOption(modelsOption())
    .addOption(modelVersionOption())
    .option('--method <name>', 'method that it was trained with, for people (default: imported)')
    .option('--network <key>', 'which generator, of a file that holds several')
    .addOption(
      new Option(
        '--direction <name>',
        'which of both, of a checkpoint of DRIT; of VQ-I2I, which domain is the source (default: AtoB)',
      ).choices(directions),
    )
    .option('--prior <file>', "checkpoint of VQ-I2I's second stage, for one of the first")
    .option(
      '--classifier <file>',
      "checkpoint of EGSDE's classifier of domains, for one of its score network",
    )
    .addOption(
      new Option(
        '--also-from <name>',
        "further domain that EGSDE's classifier tells from the target; repeatable",
      ).argParser((name, previous: readonly string[] = []) => repeated(name, previous)),
    )
    .option(
      '--styles-source <folder>',
      'pictures of the source domain, so that the styles of VQ-I2I can be sampled',
    )
    .option('--styles-target <folder>', 'the same of the target domain')
    .option(
      '--set <key=value>',
      'part of the architecture that is recognised wrongly, for example blocks=6; repeatable',
      repeated,
      [] as readonly string[],
    )
    .option(
      '--size <pixels>',
      'side of the pictures that it was trained on (default: 256)',
      wholeNumber(1, 8192),
    )
    .option('--source <name>', 'what it translates from, for people (default: of a name like a2b, a; else A)')
    .option('--target <name>', 'what it translates to, for people (default: of a name like a2b, b; else B)')
    .addHelpText(
      'after',
      `
Examples:
  unpaired import latest_net_G_A.pth --name horse2zebra --method cyclegan
  unpaired import 00599.pth --name winter2summer --method drit --direction BtoA
  unpaired import settingc_latest.pt --prior n_700.pt --name summer2winter --styles-target data/trainB
  unpaired import afhq_dog_4m.pt --classifier cat2dog_dse.pt --name cat2dog --method egsde
  unpaired import generator.onnx --name summer2winter --source summer --target winter
  unpaired import pt_inception-2015-12-05-6726825d.pth --as fid-inception
  unpaired import vgg16-397923af.pth --as lpips-vgg --linear vgg.pth
  unpaired import encoder.onnx --as features --name clip-vit-b32 --size 224`,
    )
    .action((file: string, flags: ImportFlags) => (importers[flags.as] as Importer)(file, flags));
  const card = cardOptions('picture for a preview');
  for (const option of [...guidedOptions(), ...card, ...extractorOptions()]) command.addOption(option);
  return command;
}
