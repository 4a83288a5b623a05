import { Command } from 'commander';
import { apiKeyLine, createApiKey } from '../serving/access/api-keys.ts';

/** `unpaired keys`: API keys of the service. */
export function keysCommand(): Command {
  const create = new Command('new')
    .summary('make an API key')
    .description(
      'Makes an API key. The line for the file of API_KEYS_FILE goes to standard output, the key to standard error: it is ' +
        'shown this once and kept nowhere, the file has its SHA-256 alone.',
    )
    .argument('<name>', 'whose key it is; the log of the service says it')
    .addHelpText('after', '\nExamples:\n  unpaired keys new alice >> keys.txt')
    .action((name: string) => {
      const key = createApiKey();
      process.stdout.write(`${apiKeyLine(name, key)}\n`);
      process.stderr.write(`${key}\n`);
    });
  return new Command('keys').summary('make API keys of the service').addCommand(create);
}
