import type { Manifest } from '../../core/manifest.ts';
import { descriptionOf, type ExportRequest } from './export-request.ts';

/** What a run tells of its translator. */
export interface ExportedModel {
  readonly method: string;
  readonly seed: number;
  /** Optimizer steps. */
  readonly step: number;
  readonly image: Manifest['image'];
  readonly translator: Manifest['translator'];
}

/** The manifest of a run's translator, but for the networks, which are described when they are written. */
export function runManifest(
  request: ExportRequest,
  { method, seed, step, image, translator }: ExportedModel,
  version: string,
): Omit<Manifest, 'networks'> {
  const { dataset, datasetLicence, commands } = request;
  return {
    schemaVersion: 1,
    name: request.name,
    version,
    description: descriptionOf(request, method),
    method,
    sourceDomain: request.source,
    targetDomain: request.target,
    image,
    translator,
    provenance: {
      createdAt: new Date().toISOString(),
      software: request.software,
      steps: step,
      seed,
      ...(commands[0] === undefined ? {} : { command: commands[0] }),
      ...(dataset === undefined ? {} : { dataset }),
      ...(datasetLicence === undefined ? {} : { datasetLicence }),
    },
  };
}
