import { join } from 'node:path';
import type { Tensor } from '../core/tensor.ts';
import { blankPixels, drawGrid, encode, type Pixels } from '../image/index.ts';
import type { UnalignedBatches } from './data/index.ts';
import { LiveTranslator } from './live-translator.ts';
import { type FeedForwardTranslator, feedForwardTranslators, type Method } from './methods/method.ts';
import { writeDurably } from './run/durable-write.ts';
import type { TrainingState } from './step/state.ts';
import type { TrainingRun } from './training-run.ts';

interface Direction {
  readonly translator: FeedForwardTranslator;
  readonly live: LiveTranslator;
}

/** A preview as it was written. */
export interface PreviewGrid {
  readonly from: 'A' | 'B';
  readonly png: Uint8Array;
}

/**
 * Grids of test pictures in the run's `previews` folder, one for each feed-forward translator. A row is a picture of the source
 * domain and its translation, then, where the method trains it, a picture of the target domain and what the translator
 * makes of that (`identity`).
 */
export class PreviewGrids {
  private readonly run: TrainingRun;
  private readonly batches: UnalignedBatches;
  private readonly directions: readonly Direction[];

  private constructor(run: TrainingRun, batches: UnalignedBatches, directions: readonly Direction[]) {
    this.run = run;
    this.batches = batches;
    this.directions = directions;
  }

  static async open(run: TrainingRun, method: Method, batches: UnalignedBatches): Promise<PreviewGrids> {
    const { config, session } = run;
    const options = { size: config.cropSize, averaged: config.averageDecay > 0, session };
    const directions: Direction[] = [];
    for (const translator of feedForwardTranslators(method)) {
      directions.push({ translator, live: await LiveTranslator.open(method, translator, options) });
    }
    return new PreviewGrids(run, batches, directions);
  }

  /** Writes `step-00012000-from-A.png` and so on. */
  async write(state: TrainingState, step: number): Promise<PreviewGrid[]> {
    const grids: PreviewGrid[] = [];
    for (const { translator, live } of this.directions) {
      const { from, to, identity } = translator;
      const columns = [await live.pairs(state, await this.testPictures(from))];
      if (identity) columns.push(await live.pairs(state, await this.testPictures(to)));
      const rows = rowsOf(columns);
      if (rows.length === 0) continue;
      const png = await encode(drawGrid(rows), { format: 'png' });
      const name = `step-${String(step).padStart(8, '0')}-from-${from}.png`;
      await writeDurably(join(this.run.folder.previews, name), [png]);
      grids.push({ from, png });
    }
    return grids;
  }

  async close(): Promise<void> {
    await Promise.all(this.directions.map(({ live }) => live.close()));
  }

  private testPictures(domain: 'A' | 'B'): Promise<Tensor<'float32'>[]> {
    const { previewPictures, cropSize } = this.run.config;
    return this.batches.testPictures(domain, previewPictures, cropSize);
  }
}

const nothing = blankPixels({ width: 1, height: 1 }, [255, 255, 255]);

/** Columns of pairs beside each other; a column may be shorter than the others. */
function rowsOf(columns: readonly (readonly [Pixels, Pixels][])[]): Pixels[][] {
  const count = Math.max(...columns.map((column) => column.length));
  return Array.from({ length: count }, (_, row) =>
    columns.flatMap((column) => column[row] ?? [nothing, nothing]),
  );
}
