import { expect, it } from 'vitest';
import { codeMap } from '../core/code-map/code-map.ts';
import { coordinateTokens } from '../core/code-map/coordinates.ts';
import { Random } from '../core/random.ts';
import { float32 } from '../core/tensor.ts';
import { initializeNetwork } from '../nn/initialize.ts';
import { networkGraph } from '../nn/network-graph.ts';
import { codeTransformer } from '../nn/networks/code-transformer/code-transformer.ts';
import { codeStepGraph } from '../nn/networks/code-transformer/step-graph.ts';
import { describeNetwork } from '../nn/sources.ts';
import type { Value } from '../onnx/ir.ts';
import { serialize } from '../onnx/serialize.ts';
import { Session } from '../runtime/index.ts';
import { bitsPerCode } from './bits-per-code.ts';

const session = { provider: 'cpu', threads: 1 } as const;
const window = { height: 2, width: 3 };
const vocabulary = 7;
const coordinates = coordinateTokens(window, 4, vocabulary);
const transformer = codeTransformer({ vocabulary, positions: 12, layers: 2, heads: 2, width: 8 });
const state = describeNetwork((scope) =>
  transformer.forward(scope, scope.graph.input('tokens', 'int64', [1, 12])),
);
const weights = initializeNetwork(state, { type: 'normal', gain: 1 }, Random.of(3));
const random = Random.of(4);
const maps = Array.from({ length: 5 }, () =>
  codeMap(
    2,
    3,
    Array.from({ length: 6 }, () => random.integer(vocabulary)),
  ),
);

it.each([false, true])(
  'is what the whole transformer says of a window (shared condition: %s)',
  async (sharedCondition) => {
    const step = await Session.create(
      serialize(codeStepGraph(transformer, weights, { sharedCondition })),
      session,
    );
    const bits = await bitsPerCode(step, maps, coordinates);
    await step.dispose();

    const inputs = { tokens: { dtype: 'int64', shape: [1, 11] } } as const;
    const whole = await Session.create(
      serialize(
        networkGraph('whole', weights, inputs, (scope, tokens) => {
          const logits = transformer.forward(scope, tokens as Value, coordinates.length - 1);
          return scope.graph.named('shares', scope.graph.Softmax(logits, 2));
        }),
      ),
      session,
    );
    expect(bits).toHaveLength(maps.length);
    for (const [index, { codes }] of maps.entries()) {
      const tokens = BigInt64Array.from([...coordinates, ...codes.subarray(0, -1)].map(BigInt));
      const { shares } = await whole.run({ tokens: { dtype: 'int64', dims: [1, 11], data: tokens } });
      const costs = Array.from(
        codes,
        (code, place) => -Math.log2(shares?.data[place * vocabulary + code] as number),
      );
      expect(bits[index]).toBeCloseTo(costs.reduce((sum, cost) => sum + cost, 0) / 6, 4);
    }
    await whole.dispose();
  },
);

it('is the bits of the codebook where nothing is known', async () => {
  const none = {
    inputs: [],
    run: async () => ({ logits: float32([1, 12, vocabulary], new Float32Array(12 * vocabulary).fill(-9)) }),
  };
  const [bits] = await bitsPerCode(none, maps.slice(0, 1), coordinates);
  expect(bits).toBeCloseTo(Math.log2(vocabulary), 12);
});
