import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { ExtractorError } from '../core/extractor.ts';
import { readExtractor } from '../core/extractor-folder.ts';
import { modelTensors } from '../onnx/model-tensors.ts';
import type { RunConfig } from './config/index.ts';
import { perceptualNetwork } from './methods/vq-i2i/picture-distance.ts';
import type { StateDict } from './pytorch/index.ts';

/**
 * Weights of networks that a run uses and does not train, by the names under which its steps look for them.
 * @throws ExtractorError when the extractor that the settings name is not there, damaged, or not of LPIPS
 */
export async function frozenWeights(config: RunConfig): Promise<ReadonlyMap<string, StateDict>> {
  if (config.method !== 'vq-i2i' || config.options.perceptual === null) return new Map();
  return new Map([[perceptualNetwork, await lpipsWeights(config.options.perceptual)]]);
}

async function lpipsWeights(folder: string): Promise<StateDict> {
  const path = resolve(folder);
  const { extractor, model } = await readExtractor(dirname(path), basename(path));
  if (extractor.kind === 'lpips') return modelTensors(await readFile(model));
  throw new ExtractorError(
    `${path} is ${extractor.network}, which gives ${extractor.kind}; a perceptual loss needs LPIPS`,
  );
}
