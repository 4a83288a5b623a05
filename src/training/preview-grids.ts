import type { Tensor } from '../core/tensor.ts';
import { blankPixels, type Pixels } from '../image/index.ts';
import type { StepBatches } from './data/index.ts';
import { LiveExemplarTranslator } from './live-exemplar-translator.ts';
import { LiveTranslator } from './live-translator.ts';
import type { ExemplarGuidedTranslator, FeedForwardTranslator, Method } from './methods/method.ts';
import { type Preview, type Previews, writePreview } from './previews.ts';
import type { TrainingState } from './step/state.ts';
import type { TrainingRun } from './training-run.ts';

interface Direction {
  readonly from: 'A' | 'B';
  /** What the grid shows at the weights of a moment. */
  rows(state: TrainingState): Promise<Pixels[][]>;
  close(): Promise<void>;
}

/**
 * Grids of test pictures in the run's `previews` folder, one for each translator. A row is a picture of the source
 * domain and its translation, then, where the method trains it, a picture of the target domain and what the translator
 * makes of that (`identity`). Of a translator with codes it is a picture of the source domain, its translations with a
 * few random codes (or the picture made again of its own content and code), a picture of the target domain, and the
 * translation with the code of that.
 */
export class PreviewGrids implements Previews {
  private readonly run: TrainingRun;
  private readonly directions: readonly Direction[];

  private constructor(run: TrainingRun, directions: readonly Direction[]) {
    this.run = run;
    this.directions = directions;
  }

  static async open(run: TrainingRun, method: Method, batches: StepBatches): Promise<PreviewGrids> {
    const { config, session } = run;
    const options = { size: config.cropSize, averaged: config.averageDecay > 0, session };
    const testPictures: TestPictures = (domain) =>
      batches.testPictures(domain, config.previewPictures, config.cropSize);
    const directions: Direction[] = [];
    for (const translator of method.translators) {
      directions.push(
        translator.kind === 'feed-forward'
          ? feedForward(translator, await LiveTranslator.open(method, translator, options), testPictures)
          : withCodes(
              translator,
              await LiveExemplarTranslator.open(method, translator, options),
              testPictures,
            ),
      );
    }
    return new PreviewGrids(run, directions);
  }

  async write(state: TrainingState, step: number): Promise<Preview[]> {
    const previews: Preview[] = [];
    for (const direction of this.directions) {
      const rows = await direction.rows(state);
      if (rows.length === 0) continue;
      previews.push(await writePreview(this.run, { step, name: `from-${direction.from}` }, rows));
    }
    return previews;
  }

  async close(): Promise<void> {
    await Promise.all(this.directions.map((direction) => direction.close()));
  }
}

type TestPictures = (domain: 'A' | 'B') => Promise<Tensor<'float32'>[]>;

function feedForward(
  { from, to, identity }: FeedForwardTranslator,
  live: LiveTranslator,
  testPictures: TestPictures,
): Direction {
  return {
    from,
    async rows(state) {
      const columns = [await live.pairs(state, await testPictures(from))];
      if (identity) columns.push(await live.pairs(state, await testPictures(to)));
      return rowsOf(columns);
    },
    close: () => live.close(),
  };
}

function withCodes(
  { from, to }: ExemplarGuidedTranslator,
  live: LiveExemplarTranslator,
  testPictures: TestPictures,
): Direction {
  return {
    from,
    rows: async (state) => live.rows(state, await testPictures(from), await testPictures(to)),
    close: () => live.close(),
  };
}

const nothing = blankPixels({ width: 1, height: 1 }, [255, 255, 255]);

/** Columns of pairs beside each other; a column may be shorter than the others. */
function rowsOf(columns: readonly (readonly [Pixels, Pixels][])[]): Pixels[][] {
  const count = Math.max(...columns.map((column) => column.length));
  return Array.from({ length: count }, (_, row) =>
    columns.flatMap((column) => column[row] ?? [nothing, nothing]),
  );
}
