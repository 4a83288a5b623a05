import path from 'node:path';
import { InvalidArgumentError } from '../core/errors.ts';
import type { Manifest } from '../core/manifest.ts';
import {
  type EvaluationRequest,
  metricNames,
  metrics as metricTable,
  openExemplarModel,
  type PictureSet,
  sampleOutputs,
} from '../evaluation/index.ts';
import { availableThreads } from '../runtime/index.ts';
import type { EvaluateFlags, EvaluationSurroundings } from './evaluate-settings.ts';

type CodedManifest = Parameters<typeof openExemplarModel>[1];

interface Sampling {
  readonly manifest: CodedManifest;
  readonly source: PictureSet;
  /** Folder for the outputs. */
  readonly out: string;
}

/** Outputs made of a picture where nothing else is asked for. */
export const usualOutputs = 8;

/** Figures of models without a codebook. */
const ofOutputs = metricNames.filter((name) => metricTable[name].kind !== 'codebook');

/** Whether codes choose among the outputs of a model. */
export function takesCodes(manifest: Manifest): manifest is CodedManifest {
  return manifest.translator.kind === 'exemplar-guided';
}

/** @throws InvalidArgumentError when several outputs are asked of a model that makes one */
export function requireOneOutput({ name, version }: Manifest, { outputs }: EvaluateFlags): void {
  if (outputs === undefined) return;
  throw new InvalidArgumentError(
    `${name}/${version} makes one output of a picture; --outputs is for models with attribute codes`,
  );
}

/** Translates with codes that are drawn; what is not asked otherwise, is measured of the several outputs too. */
export async function sampleModel(
  { manifest, source, out }: Sampling,
  flags: EvaluateFlags,
  { signal, status }: EvaluationSurroundings,
): Promise<
  Pick<EvaluationRequest, 'translated' | 'outputs' | 'found' | 'wanted'> & { readonly how: string }
> {
  const { models, metrics, outputs = usualOutputs, seed, provider, threads = availableThreads() } = flags;
  const folder = path.join(models, manifest.name, manifest.version);
  const model = await openExemplarModel(folder, manifest, { provider, threads });
  try {
    const sampled = await sampleOutputs({
      model,
      source: { ...source, policy: manifest.image },
      out,
      count: outputs,
      seed,
      signal,
      onProgress: (text) => status.show(text),
    });
    return {
      translated: sampled.translated,
      outputs: sampled.outputs,
      found: [sampled.attributeError],
      wanted: new Set(metrics ?? ofOutputs),
      how: 'translated by a code drawn for each',
    };
  } finally {
    await model.dispose();
  }
}
