import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { InvalidArgumentError as InvalidValueError } from '../core/errors.ts';
import { type ExtractorKind, importExtractor } from '../training/import-extractor/import-extractor.ts';
import { extractorsOption } from './options.ts';
import { softwareVersion } from './version.ts';

type Triple = readonly [number, number, number];

const ranges = { '0..1': [0, 1], '-1..1': [-1, 1], '0..255': [0, 255] } as const;

/** The options of `unpaired import` that concern extractors. */
export interface ExtractorFlags {
  readonly name?: string;
  readonly extractors: string;
  readonly linear?: string;
  readonly licence?: string;
  readonly output?: string;
  readonly size?: number;
  readonly range: keyof typeof ranges;
  readonly mean: Triple;
  readonly deviation: Triple;
  readonly resize: 'clean' | 'legacy';
}

/** The options of `ExtractorFlags` that no other kind of file has. */
export function extractorOptions(): Option[] {
  const three = (text: string, name: string) => new Option(`--${name} <r,g,b>`, text).argParser(triple);
  const options = [
    extractorsOption(),
    new Option('--linear <file>', "LPIPS's own linear layers, beside torchvision's classifier"),
    new Option('--licence <text>', 'licence of the weights of an extractor, for its description'),
    new Option('--output <name>', 'output of an ONNX encoder that holds the features'),
    new Option('--range <range>', 'what pixels of 0..255 become for an ONNX encoder')
      .choices(Object.keys(ranges))
      .default('0..1'),
    three('subtracted from each channel for an ONNX encoder, in units of the range', 'mean').default([
      0, 0, 0,
    ]),
    three('divides each channel for an ONNX encoder, in units of the range', 'deviation').default([1, 1, 1]),
    new Option('--resize <convention>', 'how pictures are brought to the size of an ONNX encoder')
      .choices(['clean', 'legacy'])
      .default('clean'),
  ];
  return options.map((option) => option.helpGroup('Options of extractors:'));
}

function triple(text: string): Triple {
  const values = text.split(',').map(Number);
  if (values.length === 3 && values.every(Number.isFinite)) return values as unknown as Triple;
  throw new InvalidArgumentError('Expected three numbers joined by commas.');
}

/** Takes a file for an extractor of the given kind. Prints the path of the package. */
export function extractorImporter(kind: ExtractorKind) {
  return async (file: string, flags: ExtractorFlags): Promise<void> => {
    if (flags.linear !== undefined && !kind.startsWith('lpips-')) {
      throw new InvalidValueError(`--linear belongs to --as lpips-vgg and lpips-alex, not to --as ${kind}`);
    }
    if (kind === 'features' && flags.name === undefined) {
      throw new InvalidValueError('an ONNX encoder needs a --name, which is shown beside its figures');
    }
    const path = await importExtractor({
      kind,
      files: flags.linear === undefined ? [file] : [file, flags.linear],
      name: flags.name,
      root: resolve(flags.extractors),
      licence: flags.licence,
      software: softwareVersion(),
      features: { ...flags, range: ranges[flags.range] },
    });
    process.stdout.write(`${path}\n`);
  };
}
