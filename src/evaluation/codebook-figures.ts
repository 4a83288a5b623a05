import { bitsPerCode } from './bits-per-code.ts';
import { type Side, sides } from './code-model.ts';
import { codeUsage } from './code-usage.ts';
import type { Figure } from './figure.ts';
import type { CodeEvaluation, HeldOutDomain } from './held-out-codes.ts';
import { mean } from './mean.ts';
import { type MetricName, metrics } from './metrics.ts';

/** How much of the codebook test pictures take, and what their codes cost by the prior, domain by domain. */
export async function codebookFigures(
  { model, signal, onProgress }: Pick<CodeEvaluation, 'model' | 'signal' | 'onProgress'>,
  heldOut: Readonly<Record<Side, HeldOutDomain>>,
  wanted: ReadonlySet<MetricName>,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const side of sides) {
    const maps = heldOut[side].read.map(({ map }) => map);
    const add = (metric: MetricName, value: number) => {
      const of = `pictures of ${model.domains[side].name}`;
      const { better } = metrics[metric];
      figures.push({ metric, against: 'itself', of, better, translated: { value, pictures: maps.length } });
    };
    const usage = codeUsage(maps, model.codebookSize);
    add('code-perplexity', usage.perplexity);
    add('codes-used', usage.used);
    if (model.prior !== undefined && wanted.has('bits-per-code')) {
      const { sampling, session } = model.prior;
      const bits = await bitsPerCode(session, maps, sampling.coordinates, (done) => {
        signal.throwIfAborted();
        onProgress(`${done} of ${maps.length} maps of ${model.domains[side].name} foretold`);
      });
      add('bits-per-code', mean(bits));
    }
  }
  return figures;
}
