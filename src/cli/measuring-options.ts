import { Option } from 'commander';
import { resizeConventions } from '../evaluation/index.ts';
import { repeated } from './options.ts';

/** Options of every command that measures translations of test pictures. */

/** `--direction`: which of the folders is translated. */
export function testDirectionOption(): Option {
  return new Option(
    '--direction <name>',
    'AtoB translates testA; default: from the domains of the model',
  ).choices(['AtoB', 'BtoA']);
}

/** `--extractor`: by which networks. */
export function measuringOption(): Option {
  return new Option(
    '-e, --extractor <name>',
    'network that measures; repeatable (default: all that were imported)',
  )
    .argParser(repeated)
    .default([]);
}

/** `--resize`: how pictures come to these networks. */
export function resizeOption(): Option {
  return new Option(
    '--resize <name>',
    'how pictures come to the size of an extractor (default: as it says)',
  ).choices(resizeConventions);
}
