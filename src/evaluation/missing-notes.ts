import type { Extractor } from '../core/extractor.ts';
import type { Figure } from './figure.ts';
import { type MetricName, metricNames, metrics, ofFeatures } from './metrics.ts';

interface Asked {
  readonly wanted: ReadonlySet<MetricName>;
  readonly extractors: readonly { readonly extractor: Extractor }[];
}

/** Which of the wanted metrics have no figure, and what would give them one. */
export function missingNotes({ wanted, extractors }: Asked, figures: readonly Figure[]): string[] {
  const absent = metricNames.filter(
    (name) => wanted.has(name) && !figures.some(({ metric }) => metric === name),
  );
  const has = (kind: Extractor['kind']) => extractors.some(({ extractor }) => extractor.kind === kind);
  const reasons = absent.map((name) => {
    if (ofFeatures.includes(name) && !has('features')) return noFeatures;
    if (name === 'lpips' && !has('lpips')) return noLpips;
    if (name === 'ms-ssim') return 'no picture has sides of 161 pixels';
    if (name === 'edges' && figures.some(({ metric }) => metrics[metric].kind === 'pairs')) return noEdges;
    if (name === 'attribute-error') return 'the model has no attribute codes';
    if (name === 'bits-per-code') return 'the model has no prior';
    if (metrics[name].kind === 'codebook') return 'the model has no codebook';
    if (name === 'kid') return 'the statistics of the target hold no features';
    return 'there is nothing to compare with';
  });
  return [...new Set(reasons)].map((reason) => {
    const labels = absent.filter((_, at) => reasons[at] === reason).map((name) => metrics[name].label);
    return `${labels.join(', ')}: ${reason}`;
  });
}

const noEdges = 'no two of the pictures have edges to compare';
const noFeatures =
  'there is no extractor of features. Import one: "unpaired import pt_inception-2015-12-05-6726825d.pth --as fid-inception", or any ONNX file with --as features';
const noLpips =
  'there is no LPIPS network. Import one: "unpaired import vgg16-397923af.pth --as lpips-vgg --linear vgg.pth"';
