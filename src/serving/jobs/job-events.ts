/** One thing that happened to a job, as a stream tells it. */
export interface JobEvent {
  /** From 1, in order; what a client that comes back names in Last-Event-ID. */
  readonly id: number;
  readonly type: 'state' | 'progress' | 'preview';
  /** JSON. */
  readonly data: string;
}

/** What happened to a job: the last events, for those who come late or come back, and who listens now. */
export class JobEvents {
  readonly #kept: JobEvent[] = [];
  readonly #limit: number;
  readonly #listeners = new Set<(event: JobEvent) => void>();
  #lastId = 0;

  /** @param limit events that are kept, of previews only the last; progress is given up before states are */
  constructor(limit = 64) {
    this.#limit = limit;
  }

  get lastId(): number {
    return this.#lastId;
  }

  /** Whether anybody listens now. */
  get heard(): boolean {
    return this.#listeners.size > 0;
  }

  emit(type: JobEvent['type'], data: unknown): void {
    const event = { id: ++this.#lastId, type, data: JSON.stringify(data) };
    if (type === 'preview') this.#forget('preview');
    this.#kept.push(event);
    if (this.#kept.length > this.#limit && !this.#forget('progress')) this.#kept.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** What is kept of the events after this one. */
  after(id: number): readonly JobEvent[] {
    return this.#kept.filter((event) => event.id > id);
  }

  /** @returns stops listening */
  listen(listener: (event: JobEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The oldest of a type. @returns false when there is none */
  #forget(type: JobEvent['type']): boolean {
    const oldest = this.#kept.findIndex((event) => event.type === type);
    if (oldest >= 0) this.#kept.splice(oldest, 1);
    return oldest >= 0;
  }
}
