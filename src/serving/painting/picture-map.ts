import type { CodeMap } from '../../core/code-map/code-map.ts';
import type { CodeMapSampling } from '../../core/code-map/code-map-sampling.ts';
import { Random } from '../../core/random.ts';
import { drawCodeMap } from '../sampling/draw-code-map.ts';
import { filledMap } from '../sampling/filled-map.ts';
import type { SequenceRuns } from '../sampling/sequence-runs.ts';
import type { CodePainting } from '../translators/code-painting.ts';
import type { Composition } from './composition.ts';
import { type Drawing, samplingsOf } from './rules.ts';

/** The map of one picture, while its parts are drawn. */
export class PictureMap {
  readonly #composition: Composition;
  readonly #samplings: readonly CodeMapSampling[];

  /** @throws GuidanceError naming the field when a part cannot be drawn */
  constructor(composition: Composition, codes: Pick<CodePainting, 'prior'>, field: string) {
    this.#composition = composition;
    this.#samplings = samplingsOf(composition, codes, field);
  }

  /** Codes to be drawn in all. */
  get total(): number {
    return this.#samplings.reduce((sum, { total }) => sum + total, 0);
  }

  /** As it is now, with something plausible where nothing is known yet. */
  get unfinished(): CodeMap {
    const { parts, join } = this.#composition;
    return join(
      parts.map(({ map }, index) => {
        const { map: now, drawn } = this.#samplings[index] as CodeMapSampling;
        return filledMap(map, now, drawn);
      }),
    );
  }

  /**
   * Draws the parts side by side.
   * @param picture which of the request's pictures it is, from 0: each has random numbers of its own
   * @throws what a run throws
   */
  async draw(
    picture: number,
    { seed, filters, runs, onCode }: Drawing & { readonly runs: SequenceRuns; readonly onCode: () => void },
  ): Promise<CodeMap> {
    const { parts, join } = this.#composition;
    const drawn = this.#samplings.map((sampling, index) => {
      const random = Random.of(seed, 'codes', picture, (parts[index] as (typeof parts)[number]).name);
      return drawCodeMap(sampling, { runs, random, filters, report: onCode });
    });
    return join(await Promise.all(drawn));
  }
}
