import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from './errors.ts';
import { type Extractor, ExtractorError, parseExtractor } from './extractor.ts';
import { modelNamePattern } from './manifest.ts';

/** Name of the description in the folder of an extractor. */
export const extractorFile = 'extractor.json';

/** A package that is whole. */
export interface ExtractorPackage {
  readonly extractor: Extractor;
  /** Path of its .onnx file. */
  readonly model: string;
}

/**
 * Reads `<root>/<name>/` and checks it: description, name, presence, size and checksum of the network.
 * @throws ExtractorError with the reason, or with the names that there are
 */
export async function readExtractor(root: string, name: string): Promise<ExtractorPackage> {
  if (!modelNamePattern.test(name)) {
    throw new ExtractorError(
      `"${name}" is not the name of an extractor: lower-case letters, digits, dots, dashes; 1 to 64 characters`,
    );
  }
  const where = path.join(root, name, extractorFile);
  const text = await readFile(where, 'utf8').catch(async (cause: unknown) => {
    const known = (await listExtractors(root)).join(', ') || 'none';
    throw new ExtractorError(
      `there is no extractor "${name}" (${messageOf(cause)}); ${root} has: ${known}. Make one with "unpaired import FILE --as ..."`,
      { cause },
    );
  });
  const extractor = parseExtractor(text, where);
  if (extractor.name !== name) {
    throw new ExtractorError(`${where} says it is "${extractor.name}"; the folder says "${name}"`);
  }
  const model = path.join(root, name, extractor.onnx.file);
  await checkFile(model, extractor.onnx);
  return { extractor, model };
}

/** Names of the extractors below a folder, sorted; none when there is no such folder. */
export async function listExtractors(root: string): Promise<string[]> {
  const names = await readdir(root).catch((): string[] => []);
  const isExtractor = (name: string) =>
    stat(path.join(root, name, extractorFile)).then(
      () => true,
      () => false,
    );
  const found = await Promise.all(names.map(isExtractor));
  return names.filter((name, index) => found[index] && modelNamePattern.test(name)).sort();
}

async function checkFile(model: string, expected: { bytes: number; sha256: string }): Promise<void> {
  const { size } = await stat(model).catch((cause: unknown) => {
    throw new ExtractorError(`${model} is missing (${messageOf(cause)})`, { cause });
  });
  if (size !== expected.bytes) {
    throw new ExtractorError(`${model} has ${size} bytes, ${extractorFile} says ${expected.bytes}`);
  }
  const sha256 = await hashOf(model);
  if (sha256 !== expected.sha256) {
    throw new ExtractorError(`${model} has sha256 ${sha256}, ${extractorFile} says ${expected.sha256}`);
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
