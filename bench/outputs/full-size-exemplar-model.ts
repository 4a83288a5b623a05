import { Random } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { blankPixels, encode } from '../../src/image/index.ts';
import { initializeNetwork } from '../../src/nn/initialize.ts';
import { type AttributeVariant, attributeEncoder } from '../../src/nn/networks/drit/attribute-encoder.ts';
import { contentEncoder } from '../../src/nn/networks/drit/content-encoder.ts';
import { exemplarGenerator } from '../../src/nn/networks/drit/exemplar-generator.ts';
import type { Scope } from '../../src/nn/scope.ts';
import { describeNetwork } from '../../src/nn/sources.ts';
import type { Value } from '../../src/onnx/ir.ts';
import {
  exemplarGuidedDescription,
  exemplarGuidedNetworks,
} from '../../src/training/export/exemplar-guided-networks.ts';
import { squarePolicy } from '../../src/training/export/image-policy.ts';
import { writePackage } from '../../src/training/export/package.ts';

/** As published: channels at full size, length of a code, and side of the squares that are cut out for training. */
const [width, attributeCodeSize, side] = [64, 8, 216];
const contentWidth = 4 * width;
const sizeMultiple = 4;

/**
 * Writes a package with the published networks of DRIT and random weights, which are as much work as trained ones.
 * @returns its name
 */
export async function writeFullSizeExemplarModel(models: string, variant: AttributeVariant): Promise<string> {
  const name = `full-size-${variant}`;
  const description = `DRIT, ${variant} variant, ${width} filters, codes of ${attributeCodeSize}, ${side}x${side}, random weights`;
  const content = contentEncoder({ width });
  const attribute = attributeEncoder({ variant, width, attributeCodeSize });
  const generator = exemplarGenerator({ variant });
  const encodeContent = (scope: Scope, pictures: Value) => content.forward(scope, 'A', pictures);
  const encodeAttribute = (scope: Scope, pictures: Value) => attribute.forward(scope, 'B', pictures).mean;
  const generate = (scope: Scope, given: Value, code: Value) => generator.forward(scope, 'B', given, code);
  const picture = [1, 3, side, side];
  const encoded = [1, contentWidth, side / sizeMultiple, side / sizeMultiple];
  await writePackage(models, {
    manifest: {
      schemaVersion: 1,
      name,
      version: '1',
      description,
      method: 'drit',
      sourceDomain: 'pictures',
      targetDomain: 'noise',
      image: squarePolicy(side, sizeMultiple),
      translator: exemplarGuidedDescription(attributeCodeSize),
      provenance: { createdAt: new Date().toISOString(), software: 'unpaired bench' },
    },
    networks: exemplarGuidedNetworks({
      contentEncoder: { forward: encodeContent, weights: drawWeights('content', encodeContent, [picture]) },
      attributeEncoder: {
        forward: encodeAttribute,
        weights: drawWeights('attribute', encodeAttribute, [picture]),
      },
      generator: {
        forward: generate,
        weights: drawWeights('generator', generate, [encoded, [1, attributeCodeSize]]),
      },
      attributeCodeSize,
      sizeMultiple,
    }),
    card: `# ${name}\n\n${description}\n`,
    preview: await encode(blankPixels({ width: 8, height: 8 }), { format: 'webp' }),
  });
  return name;
}

/** Not drawn with the published deviation of 0.02, by which an untrained generator gives one grey for every code. */
function drawWeights<Inputs extends readonly Value[]>(
  label: string,
  forward: (scope: Scope, ...inputs: Inputs) => Value,
  shapes: { readonly [Index in keyof Inputs]: readonly number[] },
): ReadonlyMap<string, Tensor> {
  const state = describeNetwork((scope) => {
    const inputs = shapes.map((shape, at) => scope.graph.input(`input${at}`, 'float32', shape));
    return forward(scope, ...(inputs as readonly Value[] as Inputs));
  });
  return initializeNetwork(state, { type: 'xavier', gain: 1 }, Random.of(0, label));
}
