import type { DomainClassifierOptions } from '../../nn/networks/adm/classifier.ts';
import type { AdmOptions } from '../../nn/networks/adm/layout.ts';
import type { AdmUnetOptions } from '../../nn/networks/adm/unet.ts';
import type { DdpmUnetOptions } from '../../nn/networks/ddpm/unet.ts';
import type { Arguments } from '../arguments.ts';

/** ADM's U-Net, by the arguments of `UNetModel`. */
export function unetOptions(given: Arguments): AdmUnetOptions {
  const classes = given.integer('num_classes', 0);
  given.mustBe('num_heads_upsample', -1);
  given.withoutInfluence('image_size');
  return {
    ...admOptions(given, given.integer('num_heads', 1)),
    outputChannels: given.integer('out_channels', 6),
    ...(classes > 0 ? { classes } : {}),
  };
}

/** The classifier of domains, by the arguments of `DSE_train`. */
export function classifierOptions(given: Arguments): DomainClassifierOptions {
  const pool = given.oneOf('pool', ['adaptive', 'attention'], 'adaptive');
  return {
    ...admOptions(given, given.integer('num_heads', 1)),
    domains: given.integer('out_channels', 2),
    resolution: given.integer('image_size'),
    pool: pool === 'attention' ? 'attention' : 'mean',
    poolHeadChannels: given.integer('num_head_channels', 64),
  };
}

function admOptions(given: Arguments, headCount: number): AdmOptions {
  const headChannels = given.integer('num_head_channels', -1);
  given.mustBe('in_channels', 3);
  given.mustBe('dropout', 0);
  return {
    channels: given.integer('model_channels'),
    multipliers: given.integers('channel_mult', [1, 2, 4, 8]),
    residualBlocks: given.integer('num_res_blocks'),
    attentionRates: given.integers('attention_resolutions'),
    heads: headChannels === -1 ? { count: headCount } : { channels: headChannels },
    attentionOrder: given.flag('use_new_attention_order', false) ? 'part-by-part' : 'head-by-head',
    scaleShift: given.flag('use_scale_shift_norm', false),
    residualResampling: given.flag('resblock_updown', false),
    convolutionalResampling: given.flag('conv_resample', true),
  };
}

/** DDPM's U-Net, by the configuration of `Model`. */
export function ddpmOptions(given: Arguments): DdpmUnetOptions {
  const model = given.group('model');
  model.mustBe('dropout', 0);
  model.mustBe('in_channels', 3);
  model.withoutInfluence('type', 'var_type');
  const data = given.group('data');
  data.mustBe('channels', 3);
  return {
    channels: model.integer('ch'),
    multipliers: model.integers('ch_mult'),
    residualBlocks: model.integer('num_res_blocks'),
    resolution: data.integer('image_size'),
    attentionResolutions: model.integers('attn_resolutions'),
    outputChannels: model.integer('out_ch', 3),
    convolutionalResampling: model.flag('resamp_with_conv', true),
  };
}
