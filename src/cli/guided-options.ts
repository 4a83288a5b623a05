import { Option } from 'commander';
import { solvers, stepVariances } from '../core/diffusion/transition.ts';
import { mostRepeats } from '../core/translator-schema.ts';
import { similarities } from '../training/diffusion/energies.ts';
import { numberUpTo, weight, wholeNumber } from './options.ts';

/** What a package of EGSDE says of its sampling and its energies: see `GuidedChoices`. */
export function guidedOptions(): Option[] {
  const valued = (flags: string, text: string, parse: (text: string) => number) =>
    new Option(flags, text).argParser(parse);
  return [
    valued(
      '--strength <share>',
      'EGSDE: time to which pictures are noised, over T (default: 0.5)',
      numberUpTo(1),
    ),
    valued('--steps <n>', 'EGSDE: steps of a sampling (default: every time)', wholeNumber(1, 100_000)),
    new Option('--solver <name>', 'EGSDE: how steps are taken (default: ancestral)').choices(solvers),
    valued('--realism <weight>', 'EGSDE: lambda_s (default: 500 at 256x256, less at fewer pixels)', weight),
    valued('--faithfulness <weight>', 'EGSDE: lambda_i (default: 2)', weight),
    valued('--repeats <n>', 'EGSDE: how often a sampling is run (default: 1)', wholeNumber(1, mostRepeats)),
    new Option('--variance <name>', 'EGSDE: of ancestral steps (default: fixedsmall)').choices(stepVariances),
    new Option('--realism-by <similarity>', 'EGSDE: how features are compared (default: cosine)').choices(
      similarities,
    ),
    new Option(
      '--faithfulness-by <similarity>',
      'EGSDE: how coarse shapes are compared (default: negative-l2)',
    ).choices(similarities),
    valued(
      '--low-pass <factor>',
      'EGSDE: by how much coarse shapes are smaller than pictures (default: an eighth of the side)',
      wholeNumber(1, 8192),
    ),
    new Option(
      '--several-steps',
      'EGSDE: also write a network of several steps a run, for devices where copies cost',
    ),
  ];
}
