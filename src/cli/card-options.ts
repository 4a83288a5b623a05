import { Option } from 'commander';
import { repeated } from './options.ts';

/** What a user says of a model, for its manifest and its card. */
export interface CardFlags {
  readonly description?: string;
  readonly dataset?: string;
  readonly datasetLicence?: string;
  readonly limits?: string;
  readonly picture: readonly string[];
  readonly command: readonly string[];
}

/** The options of `CardFlags`. @param pictures what `--picture` is for */
export function cardOptions(pictures: string): Option[] {
  const several = (name: string, text: string) =>
    new Option(name, `${text}; repeatable`).default([] as readonly string[]).argParser(repeated);
  return [
    new Option('--description <text>', 'one sentence on the model'),
    new Option('--dataset <text>', 'what it was trained on, for the card'),
    new Option('--dataset-licence <text>', 'licence of the data, for the card'),
    new Option('--limits <text>', 'what the model cannot do, for the card'),
    several('--picture <file>', pictures),
    several('--command <text>', 'command that made the model, for the card'),
  ];
}
