import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseManifest } from '../../core/manifest.ts';
import type { Tensor } from '../../core/tensor.ts';
import { Session } from '../../runtime/index.ts';
import { torchFile } from '../import/fixtures/generator-weights.ts';
import { importModel } from '../import/import-model.ts';
import type { ImportRequest } from '../import/import-request.ts';
import { temporaryFolder } from './sitting.ts';

const session = { provider: 'cpu', threads: 1 } as const;

/** Imports a file as `a2b` into a folder of its own, as far as the changes do not say otherwise. */
export async function imported(file: string, changes: Partial<ImportRequest> = {}) {
  const lines: string[] = [];
  const path = await importModel({
    changes: [],
    pictures: [],
    commands: [],
    software: 'unpaired test',
    session,
    file,
    models: await temporaryFolder(),
    name: 'a2b',
    recognised: (text) => lines.push(text),
    ...changes,
  });
  const manifest = parseManifest(await readFile(join(path, 'manifest.json'), 'utf8'), 'manifest');
  return { path, manifest, recognised: lines[0] };
}

/** The first output of a network of a package. @param role as its file is named */
export async function runNetwork(
  path: string,
  role: string,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Tensor> {
  const opened = await Session.create(join(path, `${role}.onnx`), session);
  try {
    return (await opened.run(feeds))[opened.outputNames[0] as string] as Tensor;
  } finally {
    await opened.dispose();
  }
}

/** @returns path of a checkpoint with this tree */
export async function saved(tree: Parameters<typeof torchFile>[0], name = 'checkpoint.pt'): Promise<string> {
  const file = join(await temporaryFolder(), name);
  await writeFile(file, torchFile(tree));
  return file;
}
