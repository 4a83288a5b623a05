import { UnpairedError } from '../../core/errors.ts';
import type { Manifest, TensorInterface } from '../../core/manifest.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Pixels } from '../../image/index.ts';
import type { NamedTensors } from '../batcher.ts';
import type { AttributeCode } from '../guidance/attribute-code.ts';
import type { CodeDistribution } from '../guidance/code-distribution.ts';
import type { CodePainting } from './code-painting.ts';
import type { DiffusionSampling } from './diffusion-sampling.ts';

/** Queues a run of one of the model's networks and waits for its outputs. */
export type RunNetwork = (network: string, feeds: NamedTensors) => Promise<NamedTensors>;

/** Tells how much of the work is done, 0 to 1, and in how many milliseconds the rest may be: for methods of many runs. */
export type ReportProgress = (fraction: number, remaining?: number) => void;

/** The looks that a multimodal model can give a picture: each is an attribute code. */
export interface AttributeSpace {
  /** Numbers of a code. */
  readonly codeSize: number;
  /** Checksum of the network that reads codes off pictures. */
  readonly readerSha256: string;
  /** What codes are sampled from and scaled by; undefined: nobody has told, and they can only be given. */
  readonly distribution: CodeDistribution | undefined;
  /** The code of a style picture: one of the domain that is translated into, of a size that the networks take. */
  encode(picture: Pixels, runNetwork: RunNetwork): Promise<AttributeCode>;
}

/** Runs that make a lane ready: the first run of a shape is slow, so it happens before a request does. */
export interface WarmUpRun {
  readonly network: string;
  readonly feeds: Record<string, Tensor>;
}

/** Turns a picture into one picture or several with the networks of one model, in steps that the pipeline times. */
export interface Translator {
  /** What `run` takes and gives for one translation, for clients that speak tensors. */
  readonly inputs: readonly TensorInterface[];
  readonly outputs: readonly TensorInterface[];
  /** Present when a picture has many translations, and then each is made with a code. */
  readonly attributes: AttributeSpace | undefined;
  /**
   * A picture, of a size that the networks take, as inputs.
   * @param codes one a translation; none for a model without attributes
   */
  prepare(picture: Pixels, codes: readonly AttributeCode[]): Promise<NamedTensors>;
  /**
   * As many runs as the method needs; each goes through the scheduler.
   * @returns the outputs of each translation, in the order of the codes
   */
  run(feeds: NamedTensors, runNetwork: RunNetwork, report: ReportProgress): Promise<readonly NamedTensors[]>;
  /** The outputs of one translation as a picture. */
  finish(outputs: NamedTensors): Promise<Pixels>;
  /** @param runNetwork runs a network on any lane: what one gives may be what another is warmed up with */
  warmUp(runNetwork: RunNetwork): Promise<readonly WarmUpRun[]>;
  /**
   * Most items that a network takes in one run.
   * @param feeds of the items; what pays may depend on their size. Default: of the model's own
   */
  maxBatch(network: string, feeds?: NamedTensors): number;
  /**
   * Present when a request may choose the domain that it translates into: a translator for each, by name, which has neither
   * of these two. The translator itself is the one into the manifest's target domain.
   */
  readonly into?: ReadonlyMap<string, Translator>;
  /** Present when pictures are maps of codes, which can be made otherwise than from a picture. */
  readonly codes?: CodePainting;
  /** Present when pictures are sampled; then `run` is one step. */
  readonly diffusion?: DiffusionSampling;
}

/** The manifest is valid, but its networks are not what its kind of translator needs. */
export class TranslatorError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'MODEL_UNSUITABLE', status: 503 });
  }
}

/** What the service decides of a translator. */
export interface TranslatorOptions {
  /** Steps of samplings that one run makes, where the model can. Default 1. */
  readonly stepsPerRun?: number | undefined;
}

type Kinds = Manifest['translator'];

/** @throws TranslatorError */
export type TranslatorFactory<Kind extends Kinds['kind']> = (
  manifest: Manifest,
  translator: Extract<Kinds, { kind: Kind }>,
  options?: TranslatorOptions,
) => Translator;
