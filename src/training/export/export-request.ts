import type { RunFolder } from '../run/index.ts';
import type { GuidedChoices } from './guided-choices.ts';

export const directions = ['AtoB', 'BtoA'] as const;
export type Direction = (typeof directions)[number];

/** The moving average, where the run keeps one, or what the last step left. */
export const exportedWeights = ['average', 'last'] as const;
export type ExportedWeights = (typeof exportedWeights)[number];

/** What to export, and what people should know about it. */
export interface ExportRequest extends GuidedChoices {
  readonly folder: RunFolder;
  /** Run of EGSDE's classifier, for one of its score network. */
  readonly classifierFolder?: RunFolder;
  /** Folder of model packages. */
  readonly models: string;
  readonly name: string;
  /** Default: the one after the highest there. */
  readonly version?: string;
  /** Path of a checkpoint file; default: the newest. */
  readonly checkpoint?: string;
  /** Default: `average`. */
  readonly weights?: ExportedWeights;
  /** Which translator of the run. Default: from A to B. */
  readonly direction?: Direction;
  /** Path of a file that is to hold the generator's weights under their published names. Default: none is written. */
  readonly safetensors?: string;
  /** Names of the domains that it translates from and to, for people. */
  readonly source: string;
  readonly target: string;
  readonly description?: string;
  readonly dataset?: string;
  readonly datasetLicence?: string;
  readonly limits?: string;
  /** Paths of pictures to show in the preview, where those of the dataset may not be given away. Default: test pictures. */
  readonly pictures?: readonly string[];
  /** Commands that made the model, for the card. */
  readonly commands: readonly string[];
  /** Program and version, for the manifest. */
  readonly software: string;
  readonly threads: number;
}

export function descriptionOf({ description, source, target }: ExportRequest, method: string): string {
  return description ?? `Translates ${source} to ${target}, trained with ${method}.`;
}
