/**
 * What a metric needs: features of sets, pictures that belong together, outputs among themselves, a model whose
 * outputs are chosen by codes, or one that has a codebook.
 */
type MetricKind = 'sets' | 'pairs' | 'outputs' | 'codes' | 'codebook';

interface Metric {
  readonly label: string;
  readonly kind: MetricKind;
  readonly better: 'lower' | 'higher';
  readonly meaning: string;
}

/** Every figure that `unpaired evaluate` knows; the order is that of its table. */
export const metrics = {
  fid: {
    label: 'FID',
    kind: 'sets',
    better: 'lower',
    meaning:
      'distance of two sets of pictures in the features of an extractor; depends on how many pictures there are (Heusel et al. 2017)',
  },
  kid: {
    label: 'KID',
    kind: 'sets',
    better: 'lower',
    meaning:
      'the same by a kernel, without that dependence; mean over 100 random subsets of at most 1,000, and their deviation (Binkowski et al. 2018)',
  },
  diversity: {
    label: 'diversity',
    kind: 'outputs',
    better: 'higher',
    meaning:
      'mean distance of random pairs of translations: LPIPS of at most 200, or Euclidean in features of at most 1,000; for models with attribute codes also of pairs of outputs of one picture',
  },
  'attribute-error': {
    label: 'attribute error',
    kind: 'codes',
    better: 'lower',
    meaning:
      'mean absolute difference of a code that was drawn and the one that the attribute encoder of the model reads out of the output; of standard normal codes a reader that always says zero has 0.8 (Lee et al. 2018)',
  },
  'bits-per-code': {
    label: 'bits per code',
    kind: 'codebook',
    better: 'lower',
    meaning:
      'of models with a prior: what a code of a test picture costs by it, given all codes before, as the mean of -log2 p; one that knows nothing has log2 of the size of the codebook',
  },
  'code-perplexity': {
    label: 'codebook perplexity',
    kind: 'codebook',
    better: 'higher',
    meaning:
      'of models with a codebook: how many of its entries test pictures take, weighed by how often; the exponential of the entropy of their shares',
  },
  'codes-used': {
    label: 'codes used',
    kind: 'codebook',
    better: 'higher',
    meaning: 'entries of the codebook that occur in test pictures at all',
  },
  'feature-distance': {
    label: 'feature distance',
    kind: 'sets',
    better: 'lower',
    meaning: 'mean Euclidean distance of a translation and its source in the features of an extractor',
  },
  lpips: {
    label: 'LPIPS',
    kind: 'pairs',
    better: 'lower',
    meaning: 'perceptual distance of two pictures (Zhang et al. 2018)',
  },
  ssim: {
    label: 'SSIM',
    kind: 'pairs',
    better: 'higher',
    meaning: 'structural similarity, as pytorch-msssim computes it (Wang et al. 2004)',
  },
  'ms-ssim': {
    label: 'MS-SSIM',
    kind: 'pairs',
    better: 'higher',
    meaning: 'the same at five scales; for pictures of at least 161 pixels a side (Wang et al. 2003)',
  },
  psnr: {
    label: 'PSNR',
    kind: 'pairs',
    better: 'higher',
    meaning: 'peak signal to noise in dB; equal pictures have 100',
  },
  mse: {
    label: 'MSE',
    kind: 'pairs',
    better: 'lower',
    meaning: 'mean squared difference of values in [0, 1]',
  },
  l2: {
    label: 'L2',
    kind: 'pairs',
    better: 'lower',
    meaning:
      'Euclidean distance of two pictures with values in [0, 1], not divided by their size (Zhao et al. 2022)',
  },
  edges: {
    label: 'edge correlation',
    kind: 'pairs',
    better: 'higher',
    meaning:
      'whether two pictures have edges in the same places, whatever their colours: correlation of the Sobel gradients of luma, at most 1',
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof metrics;
/** What is measured in the features of an extractor. */
export const ofFeatures: readonly MetricName[] = ['fid', 'kid', 'diversity', 'feature-distance'];
export const metricNames = Object.keys(metrics) as readonly MetricName[];
