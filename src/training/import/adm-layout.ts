import type { StateDict } from '../pytorch/index.ts';
import type { AdmSettings } from './egsde-schema.ts';

/** What would be taken where several layouts have such tensors. */
export interface LayoutHints {
  /** Side of the pictures, by which the pooling of a classifier tells how often they are halved. */
  readonly side?: number;
  readonly residualBlocks: number;
}

const publishedHeadChannels = 64;

/** An entry of `input_blocks` but for the first. */
interface InputBlock {
  /** Its only part, or its first; `nothing` has no tensors: a plain mean. */
  readonly kind: 'residual' | 'convolution' | 'nothing';
  readonly filters: number | undefined;
  readonly widens: boolean;
  readonly attention: boolean;
}

interface Layout {
  readonly levels: number;
  readonly residualBlocks: number;
}

/**
 * What a network of ADM was made with: a U-Net, or the half of one. Where a residual block that changes the size looks
 * like one that does not, what comes behind it decides: all blocks of a level are alike. What a missing or broken tensor
 * would have told is taken from the published defaults; whether the result is right shows when all keys and shapes are
 * compared.
 */
export function recogniseAdm(weights: StateDict, hints: LayoutHints): AdmSettings {
  const size = (key: string, axis: number) => weights.get(key)?.dims[axis];
  const channels = size('time_embed.0.weight', 1) ?? 128;
  const blocks = inputBlocks(weights);
  const layout = layoutOf(weights, blocks, hints);
  const levels = levelsOf(blocks, layout);
  const halving = halvingBlocks(blocks, layout);
  const [inner, embedded] = ['out_layers.3', 'emb_layers.1'].map((layer) =>
    size(`middle_block.0.${layer}.weight`, 0),
  );
  const lowest = levels.at(-1)?.filters ?? channels;
  const attended = [lowest, ...levels.filter(({ attention }) => attention).map(({ filters }) => filters)];
  return {
    channels,
    multipliers: levels.map(({ filters }) => filters / channels),
    residualBlocks: layout.residualBlocks,
    attentionLevels: levels.flatMap(({ attention }, level) => (attention ? [level] : [])),
    convolutionalResampling: !halving.some(({ kind }) => kind === 'nothing'),
    headChannels: attended.every((filters) => filters % publishedHeadChannels === 0)
      ? publishedHeadChannels
      : Math.min(...attended),
    heads: 0,
    attentionOrder: 'head-by-head',
    scaleShift: inner === undefined || embedded !== inner,
    residualResampling: halving.length === 0 || halving.some(({ kind }) => kind === 'residual'),
  };
}

/** Side of the pictures that a classifier was made for, where its pooling knows its places. */
export function classifiedSide(weights: StateDict, { multipliers }: AdmSettings): number | undefined {
  const side = pooledSide(weights);
  return side === undefined ? undefined : side * 2 ** (multipliers.length - 1);
}

function pooledSide(weights: StateDict): number | undefined {
  const key = [...weights.keys()].find((name) => name.endsWith('.2.positional_embedding'));
  const places = key === undefined ? undefined : weights.get(key)?.dims[1];
  return places === undefined || places < 2 ? undefined : Math.round(Math.sqrt(places - 1));
}

function inputBlocks(weights: StateDict): InputBlock[] {
  const indices = [...weights.keys()].map((key) => Number(/^input_blocks\.(\d+)\./.exec(key)?.[1] ?? 0));
  const last = indices.reduce((most, index) => Math.max(most, index), 0);
  return Array.from({ length: last }, (_, index) => {
    const own = `input_blocks.${index + 1}`;
    const residual = weights.get(`${own}.0.out_layers.3.weight`);
    const kind = weights.has(`${own}.0.op.weight`) ? 'convolution' : 'nothing';
    return {
      kind: residual === undefined ? kind : 'residual',
      filters: residual?.dims[0],
      widens: weights.has(`${own}.0.skip_connection.weight`),
      attention: weights.has(`${own}.1.qkv.weight`),
    };
  });
}

/** Blocks of a level, in order, and behind all levels but the last the one that halves the size. */
function layoutOf(weights: StateDict, blocks: readonly InputBlock[], hints: LayoutHints): Layout {
  const count = blocks.length + 1;
  const doublings = doublingCount(weights);
  const possible = Array.from({ length: 12 }, (_, index) => index + 1)
    .filter((levels) => count % levels === 0 && count / levels > 1)
    .map((levels) => ({ levels, residualBlocks: count / levels - 1 }))
    .filter((layout) => isConsistent(blocks, layout))
    .filter(({ levels }) => doublings === undefined || levels === doublings + 1);
  const places = pooledSide(weights);
  const ofSide = possible.find(
    ({ levels }) => places !== undefined && hints.side === places * 2 ** (levels - 1),
  );
  const usual = possible.find(({ residualBlocks }) => residualBlocks === hints.residualBlocks);
  return ofSide ?? usual ?? possible[0] ?? { levels: 1, residualBlocks: Math.max(1, blocks.length) };
}

/** How often a U-Net doubles the size with tensors; undefined of a classifier, and where it may do so without. */
function doublingCount(weights: StateDict): number | undefined {
  const marks = /^output_blocks\.(\d+)\.[12]\.(?:in_layers\.0|conv)\.weight$/;
  const count = [...weights.keys()].filter((key) => marks.test(key)).length;
  return count === 0 ? undefined : count;
}

function isConsistent(blocks: readonly InputBlock[], layout: Layout): boolean {
  const halving = halvingBlocks(blocks, layout);
  const alike = [...levelBlocks(blocks, layout)].every((level) => {
    const [first, ...others] = level;
    return (
      level.every(({ kind }) => kind === 'residual') &&
      others.every(({ filters, attention }) => filters === first?.filters && attention === first?.attention)
    );
  });
  return (
    alike &&
    halving.every(({ kind, widens, attention }) => kind === halving[0]?.kind && !widens && !attention)
  );
}

function levelBlocks(blocks: readonly InputBlock[], { levels, residualBlocks }: Layout): InputBlock[][] {
  return Array.from({ length: levels }, (_, level) => {
    const start = level * (residualBlocks + 1);
    return blocks.slice(start, start + residualBlocks);
  });
}

function halvingBlocks(blocks: readonly InputBlock[], { residualBlocks }: Layout): InputBlock[] {
  return blocks.filter((_, index) => index % (residualBlocks + 1) === residualBlocks);
}

function levelsOf(
  blocks: readonly InputBlock[],
  layout: Layout,
): { readonly filters: number; readonly attention: boolean }[] {
  return levelBlocks(blocks, layout).map(([first]) => ({
    filters: first?.filters ?? 128,
    attention: first?.attention ?? false,
  }));
}
