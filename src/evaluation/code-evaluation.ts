import path from 'node:path';
import { sides } from './code-model.ts';
import { codebookFigures } from './codebook-figures.ts';
import type { EvaluationRequest } from './evaluate.ts';
import { type CodeEvaluation, readHeldOut, styleSource } from './held-out-codes.ts';
import { intoDomain } from './into-domain.ts';
import { extendPictures, generatePictures } from './made-up-pictures.ts';
import type { MetricName } from './metrics.ts';
import { sampleOutputs } from './sampled-outputs.ts';

export interface CodeEvaluationRequest extends CodeEvaluation {
  /** How pictures that are translated are read: as the service does. */
  readonly policy: CodeEvaluation['model']['policy'];
  readonly wanted: ReadonlySet<MetricName>;
  /** Outputs made of a picture that has several. */
  readonly outputs: number;
  /** Pictures that are made up; 0: none. */
  readonly generate: number;
  /** Whether test pictures are extended. */
  readonly extend: boolean;
}

/**
 * Makes everything that is measured of a model of codes: reconstructions of the test pictures of both domains,
 * translations of the source domain in styles that are drawn, and, where they are asked for, pictures that are made up.
 * @throws UnreadablePictureError; the signal's reason when it fires
 */
export async function evaluateCodes(
  request: CodeEvaluationRequest,
): Promise<Pick<EvaluationRequest, 'translated' | 'outputs' | 'found' | 'made' | 'reconstructed'>> {
  const { model, pictures, policy, out, seed, signal, onProgress, outputs, wanted, generate, extend } =
    request;
  const heldOut = {
    source: await readHeldOut(request, 'source'),
    target: await readHeldOut(request, 'target'),
  };
  const translator = intoDomain(model, 'target', styleSource(request, 'target', heldOut.target));
  const translations = await sampleOutputs({
    model: translator,
    source: { ...pictures.source, policy },
    out: path.join(out, 'translated'),
    count: outputs,
    seed,
    signal,
    onProgress,
  });
  return {
    translated: translations.translated,
    outputs: translations.outputs,
    found: [translations.attributeError, ...(await codebookFigures(request, heldOut, wanted))],
    reconstructed: sides.map((side) => ({
      of: `reconstructions of ${model.domains[side].name}`,
      made: heldOut[side].reconstructions,
      original: heldOut[side].pictures,
    })),
    made: [
      ...(generate > 0 ? await generatePictures(request, heldOut, generate) : []),
      ...(extend ? await extendPictures(request, heldOut) : []),
    ],
  };
}
