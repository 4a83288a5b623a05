import type { CodeSize } from '../../core/code-map/code-map.ts';
import { coordinateTokens } from '../../core/code-map/coordinates.ts';
import { int64 } from '../../core/tensor.ts';
import type { InitializationPolicy } from '../../nn/initialize.ts';
import {
  type CodeTransformer,
  codeTransformer,
} from '../../nn/networks/code-transformer/code-transformer.ts';
import type { ParameterSpec } from '../../nn/parameters.ts';
import type { Scope } from '../../nn/scope.ts';
import { describeNetwork } from '../../nn/sources.ts';
import type { Value } from '../../onnx/ir.ts';
import type { CodePriorOptions } from '../config/code-prior.ts';
import { crossEntropy } from '../losses/cross-entropy.ts';
import type { StepBuilder } from '../step/step-builder.ts';
import type { Method } from './method.ts';
import { inOnePass } from './one-pass.ts';

/** The network of a run of the second stage. */
export const priorNetwork = 'transformer';

/** What the prior is for: the codes of a first stage. */
export interface CodeSpace {
  readonly codebookSize: number;
  /** Codes along the sides of the pictures that are trained on. */
  readonly window: CodeSize;
  /** Side of the square of pixels that a code stands for. */
  readonly pixelsPerCode: number;
}

/** The transformer for these codes: its sequence is the coordinates of a window, then its codes. */
export function priorTransformer(
  options: CodePriorOptions,
  { codebookSize, window }: CodeSpace,
): CodeTransformer {
  const { layers, heads, width } = options;
  const positions = 2 * window.height * window.width;
  return codeTransformer({ vocabulary: codebookSize, positions, layers, heads, width });
}

/**
 * The second stage of VQ-I2I (Chen et al., ECCV 2022, section 3.2): a transformer learns which code follows, row by row,
 * on the codes that the first stage, now fixed, gives of the pictures of both domains, after the coordinates of the window.
 *
 *   L = CE(codes of a) + CE(codes of b), each the mean of -log p(code | coordinates, codes before it)
 *
 * A batch holds int64 maps [N, height, width] in place of pictures.
 */
export function codePrior(options: CodePriorOptions, space: CodeSpace, batchSize: number): Method {
  const { window } = space;
  const transformer = priorTransformer(options, space);

  function step(builder: StepBuilder): void {
    const g = builder.graph;
    const codes = (['A', 'B'] as const).map((domain) => codesOf(builder, domain));
    const logits = inOnePass(g, codes, (all) => [
      codeLogits(builder.network(priorNetwork), transformer, space, all),
    ]).flat();
    for (const [domain, each] of logits.entries()) builder.observe(`logits_${'AB'[domain]}`, each);
    const [lossA, lossB] = logits.map((each, domain) => crossEntropy(g, each, codes[domain] as Value)) as [
      Value,
      Value,
    ];
    builder.report('prior_A', lossA);
    builder.report('prior_B', lossB);
    builder.minimize(priorNetwork, builder.report('prior', g.Add(lossA, lossB)));
  }

  /** [N, height width]. */
  function codesOf(builder: StepBuilder, domain: 'A' | 'B'): Value {
    const maps = builder.feed(
      `codes_${domain}`,
      'int64',
      [batchSize, window.height, window.width],
      ({ batch }) => batch[domain],
    );
    return builder.graph.Reshape(maps, [batchSize, window.height * window.width]);
  }

  return {
    name: 'vq-i2i prior',
    networks: {
      [priorNetwork]: {
        state: describeNetwork((scope) =>
          transformer.forward(
            scope,
            scope.graph.input('tokens', 'int64', [1, transformer.options.positions]),
          ),
        ),
        initialization,
      },
    },
    optimizers: {
      [priorNetwork]: { networks: [priorNetwork], adam: options.optimizer, decays: isLinearWeight },
    },
    steps: [{ name: 'step', build: step }],
    stepAt: () => 0,
    translators: [],
  };
}

/**
 * What the transformer expects at each place of maps, by the coordinates and the codes before it.
 * @param codes int64 [N, places], row by row
 * @returns [N, places, codebookSize]
 */
export function codeLogits(
  scope: Scope,
  transformer: CodeTransformer,
  { window, pixelsPerCode, codebookSize }: CodeSpace,
  codes: Value,
): Value {
  const g = scope.graph;
  const coordinates = coordinateTokens(window, pixelsPerCode, codebookSize);
  const condition = g.constant(int64([1, coordinates.length], coordinates));
  // Nothing follows the last.
  const before = g.Slice(codes, { starts: [0], ends: [(codes.shape[1] as number) - 1], axes: [1] });
  return transformer.forwardAfter(scope, condition, before);
}

/** minGPT's: weights and embeddings of tokens N(0, 0.02), embeddings of places 0, norms 1 and 0. */
function initialization({ name, role }: ParameterSpec): InitializationPolicy {
  if (name === 'pos_emb') return { type: 'zeros' };
  return role.startsWith('norm') ? { type: 'torch-default' } : { type: 'normal', gain: 0.02 };
}

function isLinearWeight({ role }: ParameterSpec): boolean {
  return role === 'linear-weight';
}
