import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Extractor, parseExtractor } from '../../core/extractor.ts';
import { extractorFile } from '../../core/extractor-folder.ts';
import { modelNamePattern } from '../../core/manifest.ts';
import { type ExtractorContent, ExtractorImportError } from './extractor-content.ts';

const modelFile = 'network.onnx';

/**
 * Writes `<root>/<name>/`, whole or not at all: into a hidden folder that is renamed when complete.
 * @returns the path of the package
 * @throws ExtractorImportError when the name is none, or taken
 */
export async function writeExtractor(
  root: string,
  { model, description }: ExtractorContent,
  identity: Pick<Extractor, 'name' | 'provenance'>,
): Promise<string> {
  const sha256 = createHash('sha256').update(model).digest('hex');
  const onnx = { file: modelFile, sha256, bytes: model.byteLength, ...description.onnx };
  const { name, provenance } = identity;
  const described = { schemaVersion: 1, name, ...description, onnx, provenance };
  const text = `${JSON.stringify(described, null, 2)}\n`;
  parseExtractor(text, 'the description to be written');
  const target = join(root, name);
  await requireNewExtractor(root, name);
  await mkdir(root, { recursive: true });
  const partial = await mkdtemp(join(root, '.partial-'));
  try {
    await writeFile(join(partial, modelFile), model);
    await writeFile(join(partial, extractorFile), text);
    // A temporary folder is its owner's alone; others may measure with the package too.
    await chmod(partial, 0o755);
    await rename(partial, target);
  } catch (thrown) {
    await rm(partial, { recursive: true, force: true });
    throw thrown;
  }
  return target;
}

/** @throws ExtractorImportError when the name is none, or taken */
export async function requireNewExtractor(root: string, name: string): Promise<void> {
  if (!modelNamePattern.test(name)) {
    throw new ExtractorImportError(
      `"${name}" is not a name: lower-case letters, digits, dots, dashes; 1 to 64 characters`,
    );
  }
  const target = join(root, name);
  const found = await stat(target).catch(() => undefined);
  if (found === undefined) return;
  throw new ExtractorImportError(`${target} exists already: choose another name, or remove it first`);
}
