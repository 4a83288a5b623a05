import type { StateDict } from '../pytorch/index.ts';
import { recogniseAdm } from './adm-layout.ts';
import type { EgsdeSettings, ScoreSettings } from './egsde-schema.ts';
import { countOf, weightsBehind } from './weights-behind.ts';

/** Moments of our own optimizers have the names of the parameters they belong to. */
const admMark = /^(?!adam\.)(.*?)output_blocks\.0\.0\.in_layers\.0\.weight$/;
const ddpmMark = /^(?!adam\.)(.*?)temb\.dense\.0\.weight$/;
const encoderMark = /^(?!adam\.)(.*?)middle_block\.0\.in_layers\.0\.weight$/;
/** What tells domains apart by the features, which are all that guidance needs. */
const head = /^(?:I2Iout|out)\./;

/** The weights of a score network in a file: ADM's, or DDPM's. Undefined for any other file. */
export function scoreWeights(dicts: ReadonlyMap<string, StateDict>): StateDict | undefined {
  return weightsBehind(dicts, admMark) ?? weightsBehind(dicts, ddpmMark);
}

/** The weights of a classifier of noised pictures: half of ADM's U-Net. Undefined for any other file. */
export function classifierWeights(dicts: ReadonlyMap<string, StateDict>): StateDict | undefined {
  const found = weightsBehind(dicts, encoderMark);
  return found?.has('output_blocks.0.0.in_layers.0.weight') === true ? undefined : found;
}

/** Without its head. */
export function encoderWeights(classifier: StateDict): StateDict {
  return new Map([...classifier].filter(([key]) => !head.test(key)));
}

/** Domains that a classifier of EGSDE tells apart; undefined for one of something else. */
export function domainCount(classifier: StateDict): number | undefined {
  return (classifier.get('I2Iout.2.c_proj.weight') ?? classifier.get('I2Iout.3.weight'))?.dims[0];
}

/** What the networks were made with. @param side of the pictures, where it is known */
export function recogniseEgsde(score: StateDict, classifier: StateDict, side?: number): EgsdeSettings {
  const known = side === undefined ? {} : { side };
  return {
    kind: 'egsde',
    score: score.has('temb.dense.0.weight') ? recogniseDdpm(score) : recogniseUnet(score),
    classifier: recogniseAdm(classifier, { ...known, residualBlocks: 2 }),
    schedule: { course: 'linear', steps: 1000, first: 1e-4, last: 0.02 },
  };
}

function recogniseUnet(weights: StateDict): ScoreSettings {
  return {
    network: 'adm',
    ...recogniseAdm(weights, { residualBlocks: 1 }),
    outputChannels: weights.get('out.2.weight')?.dims[0] ?? 6,
    classes: weights.get('label_emb.weight')?.dims[0] ?? 0,
  };
}

function recogniseDdpm(weights: StateDict): ScoreSettings {
  const size = (key: string) => weights.get(key)?.dims[0];
  const channels = size('conv_in.weight') ?? 128;
  const levels = countOf(weights, /^down\.(\d+)\./);
  const places = Array.from({ length: levels }, (_, level) => level);
  return {
    network: 'ddpm',
    channels,
    multipliers: places.map((level) => (size(`down.${level}.block.0.conv1.weight`) ?? channels) / channels),
    residualBlocks: countOf(weights, /^down\.0\.block\.(\d+)\./),
    attentionLevels: places.filter((level) => weights.has(`down.${level}.attn.0.q.weight`)),
    convolutionalResampling: levels === 1 || weights.has('down.0.downsample.conv.weight'),
    outputChannels: size('conv_out.weight') ?? 3,
  };
}
