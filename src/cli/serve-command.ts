import { Command } from 'commander';
import { serve } from './serve.ts';

/** Options, each another way to set a variable of serving/config.ts. */
const variables = {
  host: 'HOST',
  port: 'PORT',
  models: 'MODELS_DIR',
  provider: 'PROVIDER',
  device: 'DEVICE_ID',
} as const;

type ServeFlags = Partial<Record<keyof typeof variables, string>>;

/** `unpaired serve`: the HTTP service. */
export function serveCommand(): Command {
  return new Command('serve')
    .summary('serve the models of a folder over HTTP')
    .description(
      'Serves every model package of a folder: POST a picture to /translate/<name>. Documentation of the routes is at ' +
        '/docs, what can be set by environment variables is in REFERENCE.md. SIGTERM or Ctrl-C ends the service when the ' +
        'requests in flight are answered.',
    )
    .option('--host <address>', 'address to listen on (default: HOST, or 127.0.0.1)')
    .option('-p, --port <number>', 'port to listen on (default: PORT, or 8080)')
    .option('--models <folder>', 'folder of model packages (default: MODELS_DIR, or models)')
    .option('--provider <name>', 'auto, cpu, cuda or webgpu (default: PROVIDER, or auto)')
    .option('--device <index>', 'device of a GPU provider (default: DEVICE_ID, or 0)')
    .addHelpText(
      'after',
      `
Examples:
  unpaired serve
  unpaired serve --host 0.0.0.0 --port 3000
  LANES=2 THREADS_PER_LANE=4 unpaired serve --models /srv/models`,
    )
    .action((flags: ServeFlags) => serve({ environment: { ...process.env, ...environmentOf(flags) } }));
}

function environmentOf(flags: ServeFlags): Record<string, string> {
  return Object.fromEntries(
    Object.entries(flags).map(([flag, value]) => [variables[flag as keyof typeof variables], value]),
  );
}
