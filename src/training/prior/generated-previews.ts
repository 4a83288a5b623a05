import { CodeMapSampling } from '../../core/code-map/code-map-sampling.ts';
import { coordinateTokens } from '../../core/code-map/coordinates.ts';
import { drawTogether } from '../../core/code-map/draw-together.ts';
import { unknownMap } from '../../core/code-map/partial-map.ts';
import { Random } from '../../core/random.ts';
import { int64, type Tensor } from '../../core/tensor.ts';
import type { Pixels } from '../../image/index.ts';
import { codeStepGraph } from '../../nn/networks/code-transformer/step-graph.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session, SessionSequences } from '../../runtime/index.ts';
import type { PriorConfig } from '../config/prior.ts';
import { priorNetwork, priorTransformer } from '../methods/code-prior.ts';
import type { Method } from '../methods/method.ts';
import { type Preview, type Previews, writePreview } from '../previews.ts';
import { stateDictOf, type TrainingState } from '../step/state.ts';
import type { TrainingRun } from '../training-run.ts';
import { CodeDecoder } from './code-decoder.ts';
import { codeSpaceOf } from './code-space.ts';
import type { TrainedFirstStage } from './first-stage-session.ts';
import type { HeldOutCodes } from './held-out-codes.ts';
import { rowsAt } from './rows-at.ts';

interface Shown {
  readonly method: Method;
  readonly first: TrainedFirstStage;
  /** Whose styles pictures are shown in; without them there are no previews. */
  readonly heldOut: HeldOutCodes | undefined;
}

/**
 * Pictures that the prior makes up. A row is a test picture of A, made again of its codes, a map that was drawn in the
 * style of that, the same map in the style of a test picture of B, and that picture, made again of its own. Codes are
 * drawn as they are foretold, with the same uniform numbers at any moment of a run.
 */
export class GeneratedPreviews implements Previews {
  private readonly run: TrainingRun;
  private readonly config: PriorConfig;
  private readonly shown: Shown;
  private readonly decoder: CodeDecoder;

  private constructor(run: TrainingRun, config: PriorConfig, shown: Shown, decoder: CodeDecoder) {
    this.run = run;
    this.config = config;
    this.shown = shown;
    this.decoder = decoder;
  }

  static async open(run: TrainingRun, config: PriorConfig, shown: Shown): Promise<GeneratedPreviews> {
    const decoder = await CodeDecoder.open(shown.first, codeSpaceOf(config).window, run.session);
    return new GeneratedPreviews(run, config, shown, decoder);
  }

  async write(state: TrainingState, step: number): Promise<Preview[]> {
    const { heldOut } = this.shown;
    if (heldOut === undefined) return [];
    const drawn = await this.draw(state);
    const rows: Pixels[][] = [];
    for (const [index, codes] of drawn.entries()) rows.push(await this.row(heldOut, index, codes));
    return [await writePreview(this.run, { step, name: 'generated' }, rows)];
  }

  close(): Promise<void> {
    return this.decoder.close();
  }

  /** Maps [1, h, w] that the prior makes up at the weights of a moment. */
  private async draw(state: TrainingState): Promise<Tensor<'int64'>[]> {
    const { method } = this.shown;
    const { options, previewPictures } = this.config;
    const { window, pixelsPerCode, codebookSize } = codeSpaceOf(this.config);
    const coordinates = coordinateTokens(window, pixelsPerCode, codebookSize);
    const drawings = Array.from({ length: previewPictures }, (_, picture) => ({
      sampling: new CodeMapSampling(unknownMap(window), { window, coordinates }),
      random: Random.of(0, 'preview maps', picture),
    }));
    const transformer = priorTransformer(options, codeSpaceOf(this.config));
    const graph = codeStepGraph(transformer, stateDictOf(method, state, priorNetwork, true));
    const session = await Session.create(serialize(optimize(graph)), this.run.session);
    try {
      await drawTogether(drawings, new SessionSequences(session));
    } finally {
      await session.dispose();
    }
    return drawings.map(({ sampling }) => int64([1, window.height, window.width], sampling.map.codes));
  }

  private async row({ A, B }: HeldOutCodes, index: number, codes: Tensor<'int64'>): Promise<Pixels[]> {
    const testOf = (maps: HeldOutCodes['A']) => {
      const at = [index % (maps.codes.dims[0] as number)];
      return { codes: rowsAt(maps.codes, at), style: rowsAt(maps.styles, at) };
    };
    const [a, b] = [testOf(A), testOf(B)];
    return [
      await this.decoder.decode('A', a),
      await this.decoder.decode('A', { codes, style: a.style }),
      await this.decoder.decode('B', { codes, style: b.style }),
      await this.decoder.decode('B', b),
    ];
  }
}
