import type { NetworkItems } from './drain-rate.ts';

/** What one request will still run of a network. */
interface Expectation {
  readonly network: string;
  items: number;
  /** How many of them it will ask for at once. */
  readonly sideBySide: number;
}

/** A request's share, which it counts down. */
export interface ExpectedSteps {
  /** One was made. */
  made(): void;
  /** None will follow; a second call does nothing. */
  end(): void;
}

/**
 * Steps that requests under way will still ask for: of the hundreds that a picture is made in, the queue never holds more than
 * one.
 */
export class ExpectedRuns {
  readonly #expectations = new Set<Expectation>();

  get all(): readonly NetworkItems[] {
    return [...this.#expectations].map(({ network, items }) => ({ network, items }));
  }

  /** How many are made side by side, once every request has begun. */
  get sideBySide(): number {
    return [...this.#expectations].reduce((sum, expectation) => sum + expectation.sideBySide, 0);
  }

  /** A request will make so many steps, so many of them at a time. */
  add(network: string, steps: number, sideBySide: number): ExpectedSteps {
    const expectation: Expectation = { network, items: steps, sideBySide };
    this.#expectations.add(expectation);
    return {
      made() {
        expectation.items = Math.max(0, expectation.items - 1);
      },
      end: () => {
        this.#expectations.delete(expectation);
      },
    };
  }
}
