import type { CodeMap } from '../../core/code-map/code-map.ts';
import type { Pixels } from '../../image/index.ts';
import { Previews } from '../jobs/previews.ts';
import type { NetworkRuns } from '../network-runs.ts';
import { requireSize, type TranslationWatcher } from '../pipeline.ts';
import { countedProgress } from '../sampling/counted-progress.ts';
import type { CodePainting } from '../translators/code-painting.ts';
import type { RunNetwork } from '../translators/translator.ts';
import type { Composition } from './composition.ts';
import type { PaintedLook } from './looks.ts';
import { PictureMap } from './picture-map.ts';
import type { PaintingPlan } from './plan.ts';
import { priorOf } from './rules.ts';

/** Hears of what is drawn. */
export interface DrawingObserver {
  /** A code was drawn. */
  code(): void;
  /** Every code of a request was drawn, which took so long. */
  drawn(seconds: number): void;
}

export interface PicturesToDraw {
  readonly plan: PaintingPlan;
  readonly codes: CodePainting;
  /** The same for all; random numbers differ. */
  readonly composition: Composition;
  /** One a picture. */
  readonly looks: readonly PaintedLook[];
  readonly watcher: TranslationWatcher | undefined;
  readonly observer: DrawingObserver;
}

/**
 * Draws the maps of pictures side by side, so that their steps share runs, and paints each when it is drawn.
 * @param runs of the request
 * @param previewRuns of pictures that are not finished, only to be looked at: whatever becomes of these, the request goes on
 */
export async function drawPictures(
  { plan, codes, composition, looks, watcher, observer }: PicturesToDraw,
  { runs, previewRuns }: { readonly runs: NetworkRuns; readonly previewRuns: NetworkRuns },
): Promise<readonly Pixels[]> {
  const maps = looks.map(() => new PictureMap(composition, codes, plan.decidingField));
  const paint = async (index: number, map: CodeMap, runNetwork: RunNetwork) => {
    const { strips } = looks[index] as PaintedLook;
    const size = { width: map.width * codes.pixelsPerCode, height: map.height * codes.pixelsPerCode };
    return requireSize(await codes.paint(plan.domain, map, strips, runNetwork), size);
  };
  const previews = new Previews(watcher);
  const unfinished = async (turn: number) => {
    const index = turn % maps.length;
    return { index, pixels: await paint(index, (maps[index] as PictureMap).unfinished, previewRuns.run) };
  };
  const total = maps.reduce((sum, map) => sum + map.total, 0);
  const advance = countedProgress(total + maps.length, (fraction, remaining) =>
    watcher?.report(fraction, remaining),
  );
  const onCode = () => {
    observer.code();
    previews.offer(advance(), unfinished);
  };
  const drawMap = drawer(plan, codes, { runs, total, sideBySide: maps.length, onCode });
  const start = performance.now();
  let undrawn = total > 0 ? maps.length : 0;
  try {
    return await Promise.all(
      maps.map(async (map, index) => {
        const drawn = await drawMap(map, index);
        if (--undrawn === 0) observer.drawn((performance.now() - start) / 1000);
        const pixels = await paint(index, drawn, runs.run);
        advance();
        return pixels;
      }),
    );
  } finally {
    previews.end();
    previewRuns.end();
  }
}

/**
 * A plan that draws nothing has maps without unknown codes, and its model perhaps no prior.
 * @param given.total codes to be drawn
 * @param given.sideBySide maps that are drawn at a time
 */
function drawer(
  { drawing }: PaintingPlan,
  codes: CodePainting,
  given: {
    readonly runs: NetworkRuns;
    readonly total: number;
    readonly sideBySide: number;
    readonly onCode: () => void;
  },
): (map: PictureMap, index: number) => Promise<CodeMap> {
  if (drawing === undefined) return async (map) => map.unfinished;
  const { runs, total, sideBySide, onCode } = given;
  const { network } = priorOf(codes);
  runs.expect(network, total, sideBySide);
  const sequences = runs.sequences(network);
  return (map, index) => map.draw(index, { ...drawing, runs: sequences, onCode });
}
