import { InternalError, InvalidArgumentError } from '../errors.ts';
import type { CodeMap, CodeSize } from './code-map.ts';
import { type Conditioning, conditionOf } from './coordinates.ts';
import type { PartialMap } from './partial-map.ts';
import { type WindowView, windowAt } from './sliding-window.ts';

export interface SamplingOptions {
  /** The window that the network was trained on. */
  readonly window: CodeSize;
  /** Coordinates of the window as tokens, row by row: see `coordinateTokens`. */
  readonly coordinates: readonly number[];
  /** Default `published`. */
  readonly conditioning?: Conditioning;
}

/** What the network has to be asked for the next code. */
export interface SamplingStep {
  /** Of the code on the map, row by row. */
  readonly place: number;
  /** Names the window: each has a sequence of its own, and a cache of its own. */
  readonly window: number;
  /** How many tokens of the sequence earlier steps of this window have brought; 0: a new one. */
  readonly position: number;
  /** The tokens that follow them, at least one. The logits behind the last are those of the code. */
  readonly tokens: readonly number[];
  /** How many of these are of the condition, which maps share where their windows lie alike. */
  readonly condition: number;
  /** No later step goes on with this window. */
  readonly lastOfWindow: boolean;
}

/** A place to be drawn, in its window. */
interface Visit {
  readonly place: number;
  readonly view: WindowView;
  readonly window: number;
}

/**
 * Draws the unknown codes of a map one by one, row by row from the left, each in the window around it. It holds no
 * network and does not wait: `step` says what to compute, `take` takes what was drawn, so that whoever schedules can
 * run steps of several maps together. A step brings only the tokens that its window has not seen: what a window has
 * once been fed lies before everything that is still drawn, and does not change.
 */
export class CodeMapSampling {
  private readonly options: Required<SamplingOptions>;
  private readonly size: CodeSize;
  private readonly codes: Int32Array;
  private readonly visits: readonly Visit[];
  private readonly lastVisits: ReadonlyMap<number, number>;
  private readonly conditions = new Map<number, readonly number[]>();
  /** Tokens that each window has been fed. */
  private readonly fed = new Map<number, number>();
  private taken = 0;

  /**
   * @throws InvalidArgumentError when the map is smaller than the window, or when published conditioning leaves a window
   * without a condition
   */
  constructor(map: PartialMap, options: SamplingOptions) {
    this.options = { conditioning: 'published', ...options };
    this.size = { height: map.height, width: map.width };
    this.codes = map.codes.slice();
    this.visits = visitsOf(map, options.window);
    this.lastVisits = new Map(this.visits.map(({ window }, index) => [window, index]));
    for (const visit of this.visits) this.requireCondition(visit);
  }

  /** Codes to be drawn, those drawn included. */
  get total(): number {
    return this.visits.length;
  }

  /** Codes drawn. */
  get drawn(): number {
    return this.taken;
  }

  /** The map as it is now; places that are not drawn yet hold what they were given with. */
  get map(): CodeMap {
    return { ...this.size, codes: this.codes.slice() };
  }

  /** Most windows that are gone on with at one time: how many caches this map needs. */
  get windowsAtOnce(): number {
    const open = new Set<number>();
    return this.visits.reduce((most, { window }, index) => {
      open.add(window);
      const now = Math.max(most, open.size);
      if (this.lastVisits.get(window) === index) open.delete(window);
      return now;
    }, 0);
  }

  /** The next step; undefined when every code is known. The same until `take`. */
  get step(): SamplingStep | undefined {
    const visit = this.visits[this.taken];
    if (visit === undefined) return undefined;
    const { place, window } = visit;
    const position = this.fed.get(window) ?? 0;
    const tokens = this.tokensBefore(visit, position);
    const condition = Math.max(0, this.conditionBefore(visit).length - position);
    const lastOfWindow = this.lastVisits.get(window) === this.taken;
    return { place, window, position, tokens, condition, lastOfWindow };
  }

  /** Takes the code that was drawn for the place of `step`. */
  take(code: number): void {
    const visit = this.visits[this.taken];
    if (visit === undefined) throw new InternalError('a code was drawn for a map that is complete');
    this.fed.set(visit.window, this.conditionBefore(visit).length + this.codesBefore(visit));
    this.codes[visit.place] = code;
    this.taken++;
  }

  /** The cache of a window is gone: its next step brings the whole sequence. */
  forget(window: number): void {
    this.fed.delete(window);
  }

  /** The condition, and the codes of the window before the place, without the first so many of them all. */
  private tokensBefore(visit: Visit, skipped: number): number[] {
    const { view } = visit;
    const { window } = this.options;
    const condition = this.conditionBefore(visit);
    const tokens = condition.slice(skipped);
    const codes = this.codesBefore(visit);
    for (let index = Math.max(0, skipped - condition.length); index < codes; index++) {
      const row = view.top + Math.floor(index / window.width);
      tokens.push(this.codes[row * this.size.width + view.left + (index % window.width)] as number);
    }
    return tokens;
  }

  /** How many codes of the window lie before the place. */
  private codesBefore({ view }: Visit): number {
    return view.row * this.options.window.width + view.column;
  }

  private conditionBefore({ view, window: name }: Visit): readonly number[] {
    const { window, coordinates, conditioning } = this.options;
    const known = this.conditions.get(name);
    if (known !== undefined) return known;
    const condition = conditionOf(coordinates, window, view, conditioning);
    this.conditions.set(name, condition);
    return condition;
  }

  private requireCondition(visit: Visit): void {
    const { window } = this.options;
    if (this.conditionBefore(visit).length > 0) return;
    const { height, width } = this.size;
    throw new InvalidArgumentError(
      `a map of ${height} x ${width} codes reaches a whole window of ${window.height} x ${window.width} beyond the first, ` +
        'where published conditioning has no coordinates left: use whole conditioning',
    );
  }
}

function visitsOf(map: PartialMap, window: CodeSize): Visit[] {
  const unknown = [...map.known.keys()].filter((place) => map.known[place] === 0);
  return unknown.map((place) => {
    const view = windowAt(map, window, Math.floor(place / map.width), place % map.width);
    return { place, view, window: view.top * map.width + view.left };
  });
}
