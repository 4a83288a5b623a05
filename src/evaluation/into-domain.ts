import { codeMap } from '../core/code-map/code-map.ts';
import type { Random } from '../core/random.ts';
import { int64, toNumbers } from '../core/tensor.ts';
import type { CodeModel, Side } from './code-model.ts';
import type { ExemplarModel } from './exemplar-model.ts';

/**
 * A model of codes as a translator into one of its domains: content is a map, and an attribute code is a style.
 * @param sampleCode draws a style of the domain
 */
export function intoDomain(
  model: CodeModel,
  side: Side,
  sampleCode: (random: Random) => Float32Array,
): Omit<ExemplarModel, 'dispose'> {
  const domain = model.domains[side];
  return {
    attributeCodeSize: model.styleCodeSize,
    attributeEncoder: domain.styleEncoder,
    async encodeContent(picture) {
      const { height, width, codes } = await model.encode(picture);
      return int64([1, height, width], codes);
    },
    generate(content, style) {
      const [, height = 0, width = 0] = content.dims;
      return domain.paint(codeMap(height, width, toNumbers(content)), style);
    },
    encodeAttribute: (picture) => domain.style(picture),
    sampleCode,
  };
}
