import { Option } from 'commander';
import { solvers, stepVariances } from '../core/diffusion/transition.ts';
import { mostRepeats } from '../core/translator-schema.ts';
import type { GuidedSettings } from '../evaluation/index.ts';
import { similarities } from '../training/diffusion/energies.ts';
import { numberUpTo, weight, wholeNumber } from './options.ts';

/** How models that sample are asked to: see `GuidedSettings`. @param otherwise what is taken of each that is not given */
export function samplingOptions(otherwise: Readonly<Record<keyof GuidedSettings, string>>): Option[] {
  const { strength, steps, solver, realism, faithfulness, repeats } = otherwise;
  return [
    valued(
      '--strength <share>',
      `EGSDE: time to which pictures are noised, over T (${strength})`,
      numberUpTo(1),
    ),
    valued('--steps <n>', `EGSDE: steps of a sampling (${steps})`, wholeNumber(1, 100_000)),
    new Option('--solver <name>', `EGSDE: how steps are taken (${solver})`).choices(solvers),
    valued('--realism <weight>', `EGSDE: lambda_s (${realism})`, weight),
    valued('--faithfulness <weight>', `EGSDE: lambda_i (${faithfulness})`, weight),
    valued('--repeats <n>', `EGSDE: how often a sampling is run (${repeats})`, wholeNumber(1, mostRepeats)),
  ];
}

function valued(flags: string, text: string, parse: (text: string) => number): Option {
  return new Option(flags, text).argParser(parse);
}

const published = {
  strength: 'default: 0.5',
  steps: 'default: every time',
  solver: 'default: ancestral',
  realism: 'default: 500 at 256x256, less at fewer pixels',
  faithfulness: 'default: 2',
  repeats: 'default: 1',
};

/** What a package of EGSDE says of its sampling and its energies: see `GuidedChoices`. */
export function guidedOptions(): Option[] {
  return [
    ...samplingOptions(published),
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
