import { InvalidArgumentError } from '../../core/errors.ts';
import type { StateDict } from '../pytorch/index.ts';
import type { PriorSettings, VqSettings } from './vq-schema.ts';
import { countOf, weightsBehind } from './weights-behind.ts';

/** The weights of VQ-I2I in a file: of one stage or of both. */
export interface VqWeights {
  /** Keys as the first stage saves them; without discriminators and the network of LPIPS. */
  readonly firstStage?: StateDict;
  /** Keys without `transformer.`. */
  readonly prior?: StateDict;
}

/** Moments of our own optimizers have the names of the parameters they belong to. */
const firstStageMark = /^(?!adam\.)(.*?)style_enc_a\.model\.0\.conv\.weight$/;
const priorMark = /^(?!adam\.)(.*?)blocks\.0\.attn\.key\.weight$/;
/** Losses have networks of their own, which only training needs. */
const losses = /^loss_[ab]\./;

/**
 * What a file holds that VQ-I2I saved: `model_state_dict` of the first stage, or of the second, where the first is behind
 * `first_stage_model.`; also a transformer by itself. Undefined for any other file.
 */
export function vqWeights(dicts: ReadonlyMap<string, StateDict>): VqWeights | undefined {
  const firstStage = weightsBehind(dicts, firstStageMark);
  const prior = weightsBehind(dicts, priorMark);
  if (firstStage === undefined && prior === undefined) return undefined;
  const painting = firstStage && new Map([...firstStage].filter(([key]) => !losses.test(key)));
  return { ...(painting && { firstStage: painting }), ...(prior && { prior }) };
}

/**
 * What the networks were made with. What a missing or broken tensor would have told is taken from the published defaults;
 * whether the result is right shows when all keys and shapes are compared.
 */
export function recogniseVq({
  firstStage: weights,
  prior,
}: VqWeights & Required<Pick<VqWeights, 'firstStage'>>): VqSettings {
  const size = (key: string, axis: number) => weights.get(key)?.dims[axis];
  const channels = size('encoder.conv_in.weight', 0) ?? 128;
  const levels = countOf(weights, /^encoder\.down\.(\d+)\./);
  const filters = (level: number) => size(`encoder.down.${level}.block.0.conv1.weight`, 0) ?? channels;
  const places = Array.from({ length: levels }, (_, level) => level);
  return {
    kind: 'vq-i2i',
    channels,
    multipliers: places.map((level) => filters(level) / channels),
    residualBlocks: countOf(weights, /^encoder\.down\.0\.block\.(\d+)\./),
    attentionLevels: places.filter((level) => weights.has(`encoder.down.${level}.attn.0.q.weight`)),
    contentChannels: size('encoder.conv_out.weight', 0) ?? 256,
    codebookSize: size('quantize.embedding.weight', 0) ?? 512,
    codeDimension: size('quantize.embedding.weight', 1) ?? 512,
    styleChannels: size('style_enc_a.model.0.conv.weight', 0) ?? 64,
    styleCodeSize: size('style_enc_a.model.6.weight', 0) ?? 8,
    perceptronChannels: size('mlp_a.model.0.fc.weight', 0) ?? 256,
    pictureChannels: size('encoder.conv_in.weight', 1) ?? 3,
    ...(prior && { prior: recognisePrior(prior) }),
  };
}

function recognisePrior(weights: StateDict): PriorSettings {
  const positions = weights.get('pos_emb')?.dims[1] ?? 512;
  const side = Math.max(1, Math.floor(Math.sqrt(positions / 2)));
  return {
    layers: countOf(weights, /^blocks\.(\d+)\./),
    heads: 16,
    width: weights.get('tok_emb.weight')?.dims[1] ?? 512,
    positions,
    window: { height: side, width: side },
    conditioning: 'published',
  };
}

/**
 * The stages of a model: the first is the file's, the second that of `prior` where it is given.
 * @throws InvalidArgumentError when the file holds no first stage, `prior` no second, or one for another codebook
 */
export function bothStages(
  found: VqWeights,
  prior: VqWeights | undefined,
): VqWeights & Required<Pick<VqWeights, 'firstStage'>> {
  const { firstStage } = found;
  if (firstStage === undefined) {
    throw new InvalidArgumentError(
      "the file holds VQ-I2I's transformer and no first stage: import the first stage's checkpoint, and give this one as --prior",
    );
  }
  if (prior === undefined) return { ...found, firstStage };
  if (prior.prior === undefined) {
    throw new InvalidArgumentError(
      '--prior takes a checkpoint of the second stage (transformer.blocks.0.attn.key.weight, ...), the file has none',
    );
  }
  if (prior.firstStage !== undefined && !sameCodebook(firstStage, prior.firstStage)) {
    throw new InvalidArgumentError(
      'the checkpoint of --prior holds a first stage with other codes than the file: import it by itself, without --prior',
    );
  }
  return { firstStage, prior: prior.prior };
}

function sameCodebook(one: StateDict, other: StateDict): boolean {
  const [first, second] = [one, other].map((weights) => weights.get('quantize.embedding.weight'));
  if (first === undefined || second === undefined || first.data.length !== second.data.length) return false;
  return first.data.every((value, index) => value === second.data[index]);
}
