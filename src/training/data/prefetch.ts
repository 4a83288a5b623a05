/**
 * Keeps the values of the next steps in the making: asking for step s starts s to s + ahead.
 * Values are functions of their step, so that any step may be asked for at any time, only then nothing is ready.
 */
export class Prefetch<Value> {
  private readonly make: (step: number) => Promise<Value>;
  private readonly ahead: number;
  private readonly started = new Map<number, Promise<Value>>();

  /** @param ahead number of steps made in advance; 0 makes each when it is asked for */
  constructor(make: (step: number) => Promise<Value>, ahead: number) {
    this.make = make;
    this.ahead = ahead;
  }

  /** A value is handed out once; asked for again, it is made again. */
  take(step: number): Promise<Value> {
    this.forgetOutside(step, step + this.ahead);
    for (let next = step; next <= step + this.ahead; next++) this.start(next);
    const value = this.started.get(step) as Promise<Value>;
    this.started.delete(step);
    return value;
  }

  private start(step: number): void {
    if (this.started.has(step)) return;
    const value = this.make(step);
    // Nobody may be waiting yet when it fails; whoever takes it gets the rejection all the same.
    value.catch(() => undefined);
    this.started.set(step, value);
  }

  private forgetOutside(first: number, last: number): void {
    for (const step of this.started.keys()) {
      if (step < first || step > last) this.started.delete(step);
    }
  }
}
