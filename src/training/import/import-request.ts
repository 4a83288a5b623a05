import type { SessionOptions } from '../../runtime/index.ts';
import type { Direction } from '../export/export-request.ts';
import type { GuidedChoices } from '../export/guided-choices.ts';

/** What to import, and what people should know about it. */
export interface ImportRequest extends GuidedChoices {
  /** Path of the checkpoint, safetensors file or ONNX file. */
  readonly file: string;
  /** Folder of model packages. */
  readonly models: string;
  /** Default: guessed from the names of file and folder. */
  readonly name?: string;
  /** Default: the one after the highest there. */
  readonly version?: string;
  /** What it was trained with, for people. */
  readonly method?: string;
  /** Which generator, of a file with several. */
  readonly network?: string;
  /** Which of both, of a checkpoint of DRIT; of VQ-I2I, which domain is the source. Default: from A to B. */
  readonly direction?: Direction;
  /** Path of a checkpoint of VQ-I2I's second stage, for one of the first. */
  readonly prior?: string;
  /** Path of a checkpoint of EGSDE's classifier, for one of its score network. */
  readonly classifier?: string;
  /** Domains beside the source that the classifier tells from the target. */
  readonly alsoFrom?: readonly string[];
  /** Folders of pictures whose styles VQ-I2I's are distributed like. Without them its styles are not sampled. */
  readonly stylesSource?: string;
  readonly stylesTarget?: string;
  /** Settings of the architecture that replace what is recognised. */
  readonly changes: readonly object[];
  /** Side in pixels of the pictures that it was trained on. */
  readonly size?: number;
  /** Names of the domains that it translates from and to. Default: of a name such as horse2zebra. */
  readonly source?: string;
  readonly target?: string;
  readonly description?: string;
  readonly dataset?: string;
  readonly datasetLicence?: string;
  readonly limits?: string;
  /** Paths of pictures for a preview; without any there is none. */
  readonly pictures: readonly string[];
  /** Commands that made the model, for the card. */
  readonly commands: readonly string[];
  /** Program and version, for the manifest. */
  readonly software: string;
  /** What the network is tried with. */
  readonly session: SessionOptions;
  /** Is told what was recognised, as soon as it is. */
  readonly recognised?: (text: string) => void;
}

/** A request whose open ends are tied: its defaults and guesses taken. */
export interface NamedImport extends ImportRequest {
  readonly name: string;
  readonly version: string;
  readonly method: string;
  readonly source: string;
  readonly target: string;
  readonly description: string;
}
