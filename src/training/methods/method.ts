import { InvalidArgumentError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { PolicyChoice } from '../../nn/initialize.ts';
import type { ParameterSpec } from '../../nn/parameters.ts';
import type { Scope } from '../../nn/scope.ts';
import type { NetworkState } from '../../nn/sources.ts';
import type { Value } from '../../onnx/ir.ts';
import type { AdamOptions } from '../optimizers/adam.ts';
import type { StepBuilder } from '../step/step-builder.ts';

/** A network that a method trains: what is in its state_dict and how it starts. */
export interface TrainedNetwork {
  readonly state: NetworkState;
  readonly initialization: PolicyChoice;
}

/** One optimizer: whose parameters it moves, and how. */
export interface OptimizerSpec {
  readonly networks: readonly string[];
  readonly adam: AdamOptions;
  /** Largest Euclidean length of the gradient of all its parameters together: a longer one is shortened. Default: any. */
  readonly gradientNorm?: number;
  /** Whether weight decay reaches a parameter. Default: it reaches every one. */
  decays?(parameter: ParameterSpec): boolean;
  /** How often it has stepped before the given iteration (from 1). Default: once in every one. */
  updatesBefore?(iteration: number): number;
}

/** One kind of update. Most methods have one; a method that alternates has several. */
export interface StepKind {
  readonly name: string;
  /** Losses and updates, in the order in which they happen. */
  build(step: StepBuilder): void;
}

/** A picture translator that a method hands over: which networks, and how to apply them. */
export type Translator = FeedForwardTranslator | ExemplarGuidedTranslator;

interface TranslatorDirection {
  /** For example `horse2zebra`'s direction: A to B. */
  readonly from: 'A' | 'B';
  readonly to: 'A' | 'B';
  /** Pictures' width and height must be multiples of this. */
  readonly sizeMultiple: number;
  /** Whether it is also trained to leave pictures of `to` as they are; previews then show how well it does. */
  readonly identity: boolean;
}

/** One network, picture in, picture out. */
export interface FeedForwardTranslator extends TranslatorDirection {
  readonly kind: 'feed-forward';
  readonly network: string;
  /** Pictures [N, 3, H, W] in [-1, 1] to pictures of the same size and range. */
  forward(scope: Scope, pictures: Value): Value;
}

/** Content, and a code that says which of many pictures is made of it. Pictures are [N, 3, H, W] in [-1, 1]. */
export interface ExemplarGuidedTranslator extends TranslatorDirection {
  readonly kind: 'exemplar-guided';
  /** Length of a code. Codes may be drawn from the standard normal distribution. */
  readonly attributeCodeSize: number;
  readonly contentEncoder: {
    readonly network: string;
    /** Pictures of `from` to content [N, C, h, w], without noise. */
    forward(scope: Scope, pictures: Value): Value;
  };
  readonly attributeEncoder: {
    readonly network: string;
    /** Pictures of `to` to codes [N, attributeCodeSize]; the mean where codes have a distribution. */
    forward(scope: Scope, pictures: Value): Value;
  };
  readonly generator: {
    readonly network: string;
    /** Content and codes to pictures of `to`, as large as those that the content is of. */
    forward(scope: Scope, content: Value, attribute: Value): Value;
  };
  /**
   * How pictures of `from` are made again of their own content and code, where that is what a method trains foremost.
   * Previews then show it in place of drawn codes.
   */
  readonly own?: Pick<ExemplarGuidedTranslator, 'attributeEncoder' | 'generator'>;
}

/** Names of the networks that a translator applies. */
export function networksOf(translator: Translator): readonly string[] {
  if (translator.kind === 'feed-forward') return [translator.network];
  const { contentEncoder, attributeEncoder, generator, own } = translator;
  const parts = [contentEncoder, attributeEncoder, generator, own?.attributeEncoder, own?.generator];
  return parts.flatMap((part) => (part === undefined ? [] : [part.network]));
}

/** A training method, made for given options: networks, losses and who owns which parameters. No loop, no IO. */
export interface Method {
  readonly name: string;
  readonly networks: Readonly<Record<string, TrainedNetwork>>;
  readonly optimizers: Readonly<Record<string, OptimizerSpec>>;
  /** The kinds of step; where there are several, the one that updates everything comes first. */
  readonly steps: readonly StepKind[];
  /** Index into `steps` for the given iteration, counted from 1. */
  stepAt(iteration: number): number;
  readonly translators: readonly Translator[];
  /** Networks beside those of the translators whose weights have a moving average. Default: none. */
  readonly averaged?: readonly string[];
  /** What is carried from step to step besides networks and moments, by name: zeros before the first step. */
  readonly memory?: Readonly<Record<string, Pick<Tensor, 'dtype' | 'dims'>>>;
}

/** Networks whose weights have a moving average where one is kept. */
export function averagedNetworks({ translators, averaged = [] }: Method): readonly string[] {
  return [...translators.flatMap(networksOf), ...averaged];
}

export function feedForwardTranslators({ translators }: Method): FeedForwardTranslator[] {
  return translators.filter((translator) => translator.kind === 'feed-forward');
}

/** @throws InvalidArgumentError when the method has no network of that name */
export function networkOf(method: Method, name: string): TrainedNetwork {
  const network = method.networks[name];
  if (network === undefined) throw new InvalidArgumentError(`the method has no network "${name}"`);
  return network;
}

/** What a step's inputs are computed from, outside of the graph. */
export interface StepContext {
  /** Iteration, counted from 1. */
  readonly iteration: number;
  /** Epoch, counted from 1. */
  readonly epoch: number;
  /** Pictures [N, C, H, W] in [-1, 1], or maps of codes [N, h, w]: what the method is made for. */
  readonly batch: { readonly A: Tensor; readonly B: Tensor };
  /** Which of the micro-batches of the step this is, counted from 0, and how many it has; absent: the only one. */
  readonly part?: { readonly index: number; readonly count: number };
}
