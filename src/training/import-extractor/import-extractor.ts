import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { readWeights } from '../import/read-weights.ts';
import type { StateDict } from '../pytorch/index.ts';
import { checkExtractor } from './check-extractor.ts';
import { type ExtractorContent, ExtractorImportError } from './extractor-content.ts';
import { featureNetwork, type PublishedNetwork } from './feature-networks.ts';
import { lpipsExtractor } from './lpips-extractor.ts';
import { type FeatureOptions, onnxFeatures } from './onnx-features.ts';
import { requireNewExtractor, writeExtractor } from './write-extractor.ts';

/** What a file can be taken for. */
export type ExtractorKind = PublishedNetwork | 'lpips-vgg' | 'lpips-alex' | 'features';

export interface ExtractorRequest {
  readonly kind: ExtractorKind;
  /** All of them together are the network. */
  readonly files: readonly string[];
  /** Default: the kind. */
  readonly name?: string | undefined;
  /** Folder of the extractors. */
  readonly root: string;
  /** Of the weights. */
  readonly licence?: string | undefined;
  /** Program and version, for the description. */
  readonly software: string;
  /** For an ONNX file. */
  readonly features: FeatureOptions;
}

interface SourceFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/**
 * Makes an extractor of a file or two: read, fitted to our network, run once, and written whole.
 * @returns the path of the package
 * @throws ExtractorImportError, CheckpointError or ModelFormatError with what is wrong; nothing is written then
 */
export async function importExtractor(request: ExtractorRequest): Promise<string> {
  const { root, name = request.kind } = request;
  await requireNewExtractor(root, name);
  const sources = await Promise.all(request.files.map(readSource));
  const content = contentOf(request, sources);
  await checkExtractor(content);
  return writeExtractor(root, content, {
    name,
    provenance: {
      createdAt: new Date().toISOString(),
      software: request.software,
      sources: sources.map(({ file, bytes }) => ({
        file: basename(file),
        sha256: createHash('sha256').update(bytes).digest('hex'),
      })),
      ...(request.licence === undefined ? {} : { licence: request.licence }),
    },
  });
}

function contentOf({ kind, features }: ExtractorRequest, sources: readonly SourceFile[]): ExtractorContent {
  const [first] = sources as readonly [SourceFile];
  switch (kind) {
    case 'fid-inception':
    case 'efficientnet-lite0':
      return featureNetwork(kind, onlyStateDict(first));
    case 'lpips-vgg':
      return lpipsExtractor('vgg16', sources.map(onlyStateDict));
    case 'lpips-alex':
      return lpipsExtractor('alexnet', sources.map(onlyStateDict));
    case 'features':
      return onnxFeatures(first.bytes, basename(first.file), features);
  }
}

async function readSource(file: string): Promise<SourceFile> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new ExtractorImportError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
  return { file, bytes };
}

function onlyStateDict({ file, bytes }: SourceFile): StateDict {
  const found = readWeights(file, bytes);
  const [only, ...others] = [...found.values()];
  if (only !== undefined && others.length === 0) return only;
  throw new ExtractorImportError(
    `${file} holds several state dicts (${[...found.keys()].join(', ')}); a file with one is needed`,
  );
}
