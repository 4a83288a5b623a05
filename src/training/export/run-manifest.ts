import type { Manifest } from '../../core/manifest.ts';
import type { TrainingConfig } from '../config/index.ts';
import type { Translator } from '../methods/method.ts';
import { descriptionOf, type ExportRequest } from './export-request.ts';
import { squarePolicy } from './image-policy.ts';
import { translatorDescription } from './packaged-translator.ts';

/** The manifest of a run's translator, but for the networks, which are described when they are written. */
export function runManifest(
  request: ExportRequest,
  run: { readonly config: TrainingConfig; readonly translator: Translator; readonly step: number },
  version: string,
): Omit<Manifest, 'networks'> {
  const { config, translator } = run;
  const { dataset, datasetLicence, commands } = request;
  return {
    schemaVersion: 1,
    name: request.name,
    version,
    description: descriptionOf(request, config.method),
    method: config.method,
    sourceDomain: request.source,
    targetDomain: request.target,
    image: squarePolicy(config.cropSize, translator.sizeMultiple),
    translator: translatorDescription(translator),
    provenance: {
      createdAt: new Date().toISOString(),
      software: request.software,
      steps: run.step,
      seed: config.seed,
      ...(commands[0] === undefined ? {} : { command: commands[0] }),
      ...(dataset === undefined ? {} : { dataset }),
      ...(datasetLicence === undefined ? {} : { datasetLicence }),
    },
  };
}
