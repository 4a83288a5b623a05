/** What a metric needs: features of both sets, pictures that belong together, or outputs among themselves. */
type MetricKind = 'sets' | 'pairs' | 'outputs';

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
      'mean distance of random pairs of translations: LPIPS of at most 200, or Euclidean in features of at most 1,000',
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
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof metrics;
export const metricNames = Object.keys(metrics) as readonly MetricName[];
