import { InvalidArgumentError, Option } from 'commander';

/** `--provider`: what runs the networks. */
export function providerOption(): Option {
  return new Option(
    '--provider <name>',
    'what runs the networks; auto: the first of cuda, webgpu and cpu that works',
  )
    .choices(['auto', 'cpu', 'cuda', 'webgpu'])
    .default('auto');
}

/** `--models`: where the model packages are; the service's own variable gives the default. */
export function modelsOption(): Option {
  return new Option('--models <folder>', 'folder of model packages').env('MODELS_DIR').default('models');
}

/** `--model-version`: of the model package that a command writes. */
export function modelVersionOption(): Option {
  return new Option(
    '--model-version <version>',
    'version, numbers joined by dots (default: one more than the highest there)',
  );
}

/** `--threads`: how many one run of a network takes. */
export function threadsOption(): Option {
  return new Option('--threads <n>', 'threads of a run (default: all that the process may use)').argParser(
    wholeNumber(1, 256),
  );
}

/** `--extractors`: where the packages of feature extractors are. */
export function extractorsOption(): Option {
  return new Option('--extractors <folder>', 'folder of feature extractors')
    .env('EXTRACTORS_DIR')
    .default('extractors');
}

/** Reads an option's value as a whole number. */
export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`);
  };
}

/** Reads an option's value as a number above 0. */
export function numberUpTo(maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text) && value > 0 && value <= maximum) return value;
    throw new InvalidArgumentError(`Expected a number above 0 and up to ${maximum}.`);
  };
}

/** Reads an option's value as a number of 0 or more. */
export function weight(text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+(?:e[+-]?\d+)?$/.test(text) && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number of 0 or more.');
}

/** Reads an option's value as a list of different numbers of 0 or more. */
export function numberList(text: string): readonly number[] {
  return [...new Set(text.split(',').map((part) => weight(part.trim())))];
}

/** Gathers the values of an option that may be given several times. */
export function repeated(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
