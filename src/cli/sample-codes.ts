import path from 'node:path';
import { InvalidArgumentError } from '../core/errors.ts';
import type { Manifest } from '../core/manifest.ts';
import {
  type EvaluationRequest,
  evaluateCodes,
  metricNames,
  openCodeModel,
  type PictureSet,
} from '../evaluation/index.ts';
import { availableThreads } from '../runtime/index.ts';
import type { EvaluateFlags, EvaluationSurroundings } from './evaluate-settings.ts';
import { usualOutputs } from './sample-model.ts';

type CodeManifest = Parameters<typeof openCodeModel>[1];

interface CodeSampling {
  readonly manifest: CodeManifest;
  /** Test pictures of the domains. */
  readonly pictures: { readonly source: PictureSet; readonly target: PictureSet };
  /** Folder for the outputs. */
  readonly out: string;
}

/** Whether the pictures of a model are maps of codes. */
export function hasCodebook(manifest: Manifest): manifest is CodeManifest {
  return manifest.translator.kind === 'vector-quantized';
}

/** @throws InvalidArgumentError when pictures are to be made up by a model that cannot, or of more codes than there are */
export function requirePrior(
  { name, version, translator }: Manifest,
  { generate, extend, topK = 1 }: EvaluateFlags,
): void {
  const asked = [...(generate === undefined ? [] : ['--generate']), ...(extend === true ? ['--extend'] : [])];
  if (asked.length === 0) return;
  if (translator.kind !== 'vector-quantized' || translator.prior === undefined) {
    throw new InvalidArgumentError(
      `${name}/${version} makes no pictures up; for ${asked.join(' and ')} a model with a prior is needed`,
    );
  }
  if (topK > translator.codebookSize) {
    throw new InvalidArgumentError(
      `--top-k is at most the ${translator.codebookSize} codes of ${name}/${version}, got ${topK}`,
    );
  }
}

/** Makes what is measured of a model of codes: pictures made again, translated, and made up. */
export async function sampleCodes(
  { manifest, pictures, out }: CodeSampling,
  flags: EvaluateFlags,
  { signal, status }: EvaluationSurroundings,
): Promise<
  Awaited<ReturnType<typeof evaluateCodes>> & Pick<EvaluationRequest, 'wanted'> & { readonly how: string }
> {
  const { models, outputs = usualOutputs, seed, provider, threads = availableThreads() } = flags;
  const { generate = 0, extend = false, temperature, topK, topP } = flags;
  const wanted = new Set(flags.metrics ?? metricNames);
  const folder = path.join(models, manifest.name, manifest.version);
  const model = await openCodeModel(folder, manifest, { provider, threads });
  try {
    const made = await evaluateCodes({
      model,
      pictures,
      policy: manifest.image,
      out,
      seed,
      filters: {
        ...(temperature === undefined ? {} : { temperature }),
        ...(topK === undefined ? {} : { topK }),
        ...(topP === undefined ? {} : { topP }),
      },
      wanted,
      outputs,
      generate,
      extend,
      signal,
      onProgress: (text) => status.show(text),
    });
    return { ...made, wanted, how: howMade(manifest, flags) };
  } finally {
    await model.dispose();
  }
}

function howMade({ translator }: CodeManifest, { generate, extend }: EvaluateFlags): string {
  const styles = translator.target.styles ? 'a style drawn for each' : 'the style of a test picture for each';
  const parts = [`translated in ${styles}`];
  if (generate !== undefined) parts.push(`${generate} generated in both domains`);
  if (extend === true) {
    parts.push(
      'extended at the right, what is added against right halves of test pictures, beside left ones',
    );
  }
  return parts.join('; ');
}
