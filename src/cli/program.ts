import { Command, CommanderError } from 'commander';
import { messageOf, UnpairedError } from '../core/errors.ts';
import { InterruptedError } from './interruption.ts';
import { packageVersion } from './version.ts';

/** Only the command that was asked for is loaded: training needs no HTTP server, and serving no graphs. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  train: async () => (await import('./train.ts')).trainCommand(),
  runs: async () => (await import('./runs.ts')).runsCommand(),
  report: async () => (await import('./report.ts')).reportCommand(),
  export: async () => (await import('./export.ts')).exportCommand(),
  import: async () => (await import('./import.ts')).importCommand(),
  serve: async () => (await import('./serve-command.ts')).serveCommand(),
  tune: async () => (await import('./tune.ts')).tuneCommand(),
  keys: async () => (await import('./keys.ts')).keysCommand(),
  translate: async () => (await import('./translate.ts')).translateCommand(),
  datasets: async () => (await import('./datasets.ts')).datasetsCommand(),
  evaluate: async () => (await import('./evaluate.ts')).evaluateCommand(),
  sweep: async () => (await import('./sweep.ts')).sweepCommand(),
  models: async () => (await import('./models.ts')).modelsCommand(),
};

const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * `unpaired`: parses the command line and runs one command. Results go to standard output, everything else to standard
 * error.
 * @param argv arguments without the names of Node and of the program
 * @returns exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const program = await createProgram(argv);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCodes.ok;
  } catch (thrown) {
    // Commander has told what was wrong, or shown the help that was asked for.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    process.stderr.write(describe(thrown, program.opts().verbose === true));
    return thrown instanceof InterruptedError ? exitCodes.interrupted : exitCodes.failed;
  }
}

async function createProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('unpaired')
    .description(
      'Unpaired image-to-image translation: train a translator on two folders of pictures, and serve it.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--verbose', 'show where an error comes from')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the options and examples of a command')
    .showHelpAfterError('(add --help for the options and examples)')
    .exitOverride()
    .addHelpText('after', examples);
  const asked = argv.find((argument) => Object.hasOwn(commands, argument));
  for (const [name, load] of Object.entries(commands)) {
    if (asked !== undefined && asked !== name) continue;
    const command = await load();
    program.addCommand(command.copyInheritedSettings(program));
    for (const part of command.commands) part.copyInheritedSettings(command);
  }
  return program;
}

const examples = `
Examples:
  unpaired serve                                             serve the models in ./models
  unpaired translate horse2zebra horse.jpg                   translate a picture without a server
  unpaired tune                                              measure what batches and lanes pay on this device
  unpaired train --method cut --data photos --run runs/mine  train on photos/trainA and photos/trainB
  unpaired export --run runs/mine --name mine                make a model package of it
  unpaired import latest_net_G.pth --name mine               make one of a published checkpoint

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
`;

function describe(thrown: unknown, verbose: boolean): string {
  if (verbose && thrown instanceof Error) return `${withCauses(thrown)}\n`;
  const line = `unpaired: ${messageOf(thrown)}\n`;
  return thrown instanceof UnpairedError ? line : `${line}(add --verbose to see where this comes from)\n`;
}

function withCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${withCauses(error.cause)}` : own;
}
