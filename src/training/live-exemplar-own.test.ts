import { expect, it } from 'vitest';
import { float32, type Tensor } from '../core/tensor.ts';
import type { Value } from '../onnx/ir.ts';
import { LiveExemplarTranslator } from './live-exemplar-translator.ts';
import type { ExemplarGuidedTranslator } from './methods/method.ts';
import { initialState } from './step/state.ts';
import { tinyMethod } from './testing/tiny-method.ts';

const size = 2;
const method = tinyMethod(() => {});
const state = initialState(method, 1, false);

/** Pictures of one grey of 0..255, a little above it, as bytes are cut off and not rounded. */
const grey = (value: number): Tensor<'float32'> =>
  float32([1, 3, size, size], new Float32Array(3 * size * size).fill((2 * (value + 0.25)) / 255 - 1));

/** Content is the picture, a code its mean; what is made of both is a share of each. */
function translator(share: number): Pick<ExemplarGuidedTranslator, 'attributeEncoder' | 'generator'> {
  return {
    attributeEncoder: {
      network: 'g',
      forward: ({ graph }, pictures) => graph.Reshape(graph.ReduceMean(pictures, [1, 2, 3]), [-1, 1]),
    },
    generator: {
      network: 'd',
      forward({ graph }, content: Value, attribute: Value) {
        const code = graph.Reshape(attribute, [-1, 1, 1, 1]);
        return graph.Add(graph.Mul(content, 1 - share), graph.Mul(code, share));
      },
    },
  };
}

const towardsB: ExemplarGuidedTranslator = {
  kind: 'exemplar-guided',
  from: 'A',
  to: 'B',
  sizeMultiple: 1,
  identity: false,
  attributeCodeSize: 1,
  contentEncoder: { network: 'g', forward: (_, pictures) => pictures },
  ...translator(0.5),
};

async function rowsOf(subject: ExemplarGuidedTranslator, styles: readonly Tensor<'float32'>[]) {
  const options = { size, averaged: false, session: { provider: 'cpu', threads: 1 } } as const;
  const live = await LiveExemplarTranslator.open(method, subject, options);
  try {
    const rows = await live.rows(state, [grey(100), grey(40)], styles);
    return rows.map((row) => row.map(({ data }) => data[0]));
  } finally {
    await live.close();
  }
}

it('shows a picture as it is made again, where the translator says how, in place of drawn codes', async () => {
  const rows = await rowsOf({ ...towardsB, own: translator(1) }, [grey(200), grey(60)]);
  expect(rows).toEqual([
    [100, 100, 200, 150],
    [40, 40, 60, 50],
  ]);
});

it('leaves the style out where there is none', async () => {
  expect(await rowsOf({ ...towardsB, own: translator(1) }, [])).toEqual([
    [100, 100],
    [40, 40],
  ]);
});
