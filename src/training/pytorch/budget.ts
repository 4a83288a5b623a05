import { CheckpointError } from './checkpoint-error.ts';

/**
 * An amount that a file may use up while it is read. A hostile file of a few kilobytes can ask for any amount of
 * memory or time, so whatever grows faster than the file itself is paid for here before it is made.
 */
export class Budget {
  readonly what: string;
  readonly limit: number;
  private spent = 0;

  /** @param what what is counted, for the message: "bytes of decoded tensors" */
  constructor(what: string, limit: number) {
    this.what = what;
    this.limit = limit;
  }

  /** @throws CheckpointError when the sum of all amounts passes the limit */
  spend(amount: number): void {
    this.spent += amount;
    if (!(this.spent <= this.limit)) {
      throw new CheckpointError(
        `the file needs at least ${this.spent} ${this.what}, the limit is ${this.limit}`,
      );
    }
  }
}
