import { type Command, Option, InvalidArgumentError as WrongUsage } from 'commander';
import { samplingOptions } from '../serving/diffusion/schemas.ts';
import { type SamplingWishes, samplingFields } from '../serving/diffusion/wishes.ts';

/** `--strength` and so on, for models that sample: what the service takes, but `steps=auto`, for there is no deadline. */
export function addSamplingOptions(command: Command): Command {
  const option = (flags: string, description: string, field: keyof typeof samplingOptions) =>
    command.addOption(new Option(flags, description).argParser(readerOf(field)));
  option(
    '--strength <n>',
    'how far a picture is noised before it is made clean again, above 0 to 1',
    'strength',
  );
  option('--steps <n>', 'steps in which the noise is taken away again', 'steps');
  option('--solver <name>', 'how steps go: ancestral, ddim or second-order', 'solver');
  option(
    '--realism <n>',
    'weight of the energy that keeps away from the source domains (lambda_s)',
    'realism',
  );
  option(
    '--faithfulness <n>',
    'weight of the energy that keeps the shapes of the picture (lambda_i)',
    'faithfulness',
  );
  option('--repeats <n>', 'how often all of it is done, each time from the result before', 'repeats');
  return option('--from <domain>', 'domain that the pictures are of', 'from');
}

export type SamplingFlags = SamplingWishes;

/** Of all flags, those that were given of these. */
export function samplingWishes(flags: SamplingFlags): SamplingWishes {
  return Object.fromEntries(
    samplingFields.flatMap((field) => (flags[field] === undefined ? [] : [[field, flags[field]]])),
  );
}

/** The same text that the service takes. */
function readerOf(field: keyof typeof samplingOptions): (text: string) => unknown {
  return (text) => {
    const read = samplingOptions[field].safeParse(text);
    if (read.success && read.data !== 'auto') return read.data;
    const expected = read.error?.issues.map(({ message }) => message).join('; ');
    throw new WrongUsage(`Expected ${field === 'steps' ? 'a whole number of 1 or more' : expected}.`);
  };
}
