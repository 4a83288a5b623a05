import { Command } from 'commander';
import { messageOf } from '../core/errors.ts';
import type { Manifest } from '../core/manifest.ts';
import { listModels, readPackage } from '../serving/model-folder.ts';
import { createTranslator } from '../serving/translators/index.ts';
import { modelsOption } from './options.ts';
import { formatTable } from './text-table.ts';

/** A package as `unpaired models --json` prints it. */
interface ListedModel {
  readonly name: string;
  readonly version: string;
  readonly state: 'ok' | 'failed';
  /** Why it failed. */
  readonly reason?: string;
  readonly manifest?: Manifest;
}

/** `unpaired models`: what is in a folder of model packages, and whether it is whole. */
export function modelsCommand(): Command {
  return new Command('models')
    .summary('list the model packages of a folder and check them')
    .description(
      'Lists every version of every model, with its networks. Checksums are computed and compared.',
    )
    .addOption(modelsOption())
    .option('--json', 'print JSON instead of a table')
    .addHelpText('after', '\nExamples:\n  unpaired models\n  unpaired models --models /srv/models --json')
    .action(async ({ models, json }: { models: string; json?: boolean }) => {
      const listed = await checkModels(models);
      process.stdout.write(json ? `${JSON.stringify(listed, null, 2)}\n` : formatTable(tableOf(listed)));
      if (listed.length === 0) process.stderr.write(`there is no model in ${models}\n`);
    });
}

async function checkModels(root: string): Promise<ListedModel[]> {
  const listed: ListedModel[] = [];
  for (const { name, versions } of await listModels(root)) {
    for (const version of versions) listed.push(await checkModel(root, name, version));
  }
  return listed;
}

async function checkModel(root: string, name: string, version: string): Promise<ListedModel> {
  try {
    const manifest = await readPackage(root, name, version);
    createTranslator(manifest);
    return { name, version, state: 'ok', manifest };
  } catch (thrown) {
    return { name, version, state: 'failed', reason: messageOf(thrown) };
  }
}

function tableOf(listed: readonly ListedModel[]): string[][] {
  const head = ['NAME', 'VERSION', 'METHOD', 'DOMAINS', 'SIZE', 'NETWORKS', 'STATE'];
  return [head, ...listed.map(rowOf)];
}

function rowOf({ name, version, state, reason, manifest }: ListedModel): string[] {
  if (manifest === undefined) return [name, version, '-', '-', '-', '-', `${state}: ${reason}`];
  const { method, sourceDomain, targetDomain, image, networks, translator } = manifest;
  const arrow = translator.kind === 'vector-quantized' ? '<->' : '->';
  const size = `${image.width}x${image.height}${image.flexible ? ', or any' : ''}`;
  const described = Object.entries(networks).map(([role, { bytes, parameters }]) => {
    const count = parameters === undefined ? '' : `, ${inMillions(parameters)} parameters`;
    return `${role} (${inMillions(bytes)}B${count})`;
  });
  return [
    name,
    version,
    method,
    `${sourceDomain} ${arrow} ${targetDomain}`,
    size,
    described.join(' '),
    state,
  ];
}

/** `2.8 M`: both bytes and parameters are easiest to compare in millions. */
function inMillions(count: number): string {
  return `${(count / 1e6).toFixed(count < 1e5 ? 3 : 1)} M`;
}
