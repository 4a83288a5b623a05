import { resolve } from 'node:path';
import { availableThreads } from '../runtime/index.ts';
import { importModel } from '../training/import/import-model.ts';
import type { ImportRequest } from '../training/import/import-request.ts';
import type { CardFlags } from './card-options.ts';
import { assignment } from './setting-assignment.ts';
import { softwareVersion } from './version.ts';

/** The options of `unpaired import --as generator`. */
export interface GeneratorFlags
  extends CardFlags,
    Omit<
      ImportRequest,
      'file' | 'version' | 'changes' | 'pictures' | 'commands' | 'software' | 'session' | 'recognised'
    > {
  readonly modelVersion?: string;
  readonly set: readonly string[];
}

/** Makes a model package of a generator's weights or of an ONNX file. */
export async function importGenerator(file: string, flags: GeneratorFlags): Promise<void> {
  const { models, modelVersion, set, picture, command, ...others } = flags;
  const { prior, classifier, stylesSource, stylesTarget, ...rest } = others;
  const path = await importModel({
    ...rest,
    file: resolve(file),
    models: resolve(models),
    ...(prior !== undefined && { prior: resolve(prior) }),
    ...(classifier !== undefined && { classifier: resolve(classifier) }),
    ...(stylesSource !== undefined && { stylesSource: resolve(stylesSource) }),
    ...(stylesTarget !== undefined && { stylesTarget: resolve(stylesTarget) }),
    ...(modelVersion === undefined ? {} : { version: modelVersion }),
    changes: set.map(assignment),
    pictures: picture,
    commands: command,
    software: softwareVersion(),
    session: { provider: 'cpu', threads: availableThreads() },
    recognised: (text) => process.stderr.write(`recognised: ${text}\n`),
  });
  process.stdout.write(`${path}\n`);
}
