interface Event {
  readonly time: number;
  /** Order of those at the same time: as they were added. */
  readonly order: number;
  readonly action: () => void;
}

/** What is to happen, earliest first: a binary heap. */
export class EventQueue {
  readonly #heap: Event[] = [];
  #added = 0;
  #now = 0;

  /** Time of the event that happens, or happened last. */
  get now(): number {
    return this.#now;
  }

  at(time: number, action: () => void): void {
    const heap = this.#heap;
    heap.push({ time, order: this.#added++, action });
    let place = heap.length - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#earlier(place, parent)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  /** Lets everything happen, also what is added meanwhile. */
  run(): void {
    for (let event = this.#take(); event !== undefined; event = this.#take()) {
      this.#now = event.time;
      event.action();
    }
  }

  #take(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    let place = 0;
    for (;;) {
      let least = place;
      for (const child of [2 * place + 1, 2 * place + 2])
        if (child < heap.length && this.#earlier(child, least)) least = child;
      if (least === place) return first;
      this.#swap(place, least);
      place = least;
    }
  }

  #earlier(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one] as Event, this.#heap[other] as Event];
    return a.time < b.time || (a.time === b.time && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const event = this.#heap[one] as Event;
    this.#heap[one] = this.#heap[other] as Event;
    this.#heap[other] = event;
  }
}
