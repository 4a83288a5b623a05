import { expect, it } from 'vitest';
import { codeProbabilities } from '../../core/code-map/code-probabilities.ts';
import { coordinateTokens } from '../../core/code-map/coordinates.ts';
import { Random } from '../../core/random.ts';
import { float32, int64, type Tensor, toNumbers } from '../../core/tensor.ts';
import { codeStepGraph } from '../../nn/networks/code-transformer/step-graph.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session, SessionSequences } from '../../runtime/index.ts';
import { codePrior, priorNetwork, priorTransformer } from '../methods/code-prior.ts';
import { initialState, stateDictOf } from '../step/state.ts';
import { drawDataset } from '../testing/dataset.ts';
import { temporaryFolder } from '../testing/sitting.ts';
import { tinyFirstStage, tinyPriorConfig } from '../testing/tiny-first-stage.ts';
import { codeSpaceOf } from './code-space.ts';
import { HeldOutBits } from './held-out-bits.ts';
import { rowsAt } from './rows-at.ts';

const session = { provider: 'cpu', threads: 1 } as const;
const places = 16;

function mapsOf(count: number, seed: number): Tensor<'int64'> {
  const random = Random.of(seed, 'maps');
  return int64(
    [count, 4, 4],
    Array.from({ length: count * places }, () => random.integer(8)),
  );
}

it('is what a step of the exported prior says, code by code', async () => {
  const data = await drawDataset(await temporaryFolder());
  const config = await tinyPriorConfig(await tinyFirstStage(await temporaryFolder(), data));
  const space = codeSpaceOf(config);
  const method = codePrior(config.options, space, config.batchSize);
  // Weights as they are drawn find all codes about equally likely.
  const state = new Map(
    [...initialState(method, 1, false)].map(([name, { dims, data }]) => [
      name,
      float32(
        dims,
        Float32Array.from(data as Float32Array, (value) => 30 * value),
      ),
    ]),
  );
  const styles = float32([1, 2], [0, 0]);
  const codes = { A: { codes: mapsOf(3, 1), styles }, B: { codes: mapsOf(2, 2), styles } };
  const held = await HeldOutBits.open(config, method, codes, session);
  const measured = await held.measure(state);
  await held.close();

  const transformer = priorTransformer(config.options, space);
  const graph = codeStepGraph(transformer, stateDictOf(method, state, priorNetwork, false));
  const step = await Session.create(serialize(graph), session);
  const condition = coordinateTokens(space.window, space.pixelsPerCode, space.codebookSize);
  for (const domain of ['A', 'B'] as const) {
    const maps = codes[domain].codes;
    let bits = 0;
    for (let map = 0; map < (maps.dims[0] as number); map++) {
      const sequences = new SessionSequences(step);
      const ofMap = toNumbers(rowsAt(maps, [map]));
      for (const [place, code] of ofMap.entries()) {
        const tokens = place === 0 ? condition : [ofMap[place - 1] as number];
        const position = place === 0 ? 0 : condition.length + place - 1;
        const { data: logits } = await sequences.step(int64([1, tokens.length], tokens), [
          { sequence: 'map', position, count: tokens.length },
        ]);
        bits -= Math.log2(codeProbabilities(logits)[code] as number);
      }
    }
    const mean = bits / (places * (maps.dims[0] as number));
    expect(mean).toBeGreaterThan(3.05);
    expect(measured[`held_out_bits_${domain}`]).toBeCloseTo(mean, 4);
  }
  await step.dispose();
});
