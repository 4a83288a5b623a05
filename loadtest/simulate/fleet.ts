import type { Random } from '../../src/core/random.ts';
import { Replica } from './replica.ts';

export const balances = ['random', 'round-robin', 'least'] as const;

/** Which replica a request goes to: kube-proxy's is random; `least` is the one with the fewest requests inside. */
export type Balance = (typeof balances)[number];

export interface FleetSettings {
  readonly lanes: number;
  /** Requests that wait in a replica at most. */
  readonly queueLimit: number;
  readonly balance: Balance;
}

/** The replicas: starting, ready, and draining, with the time that each was there. Times in seconds. */
export class Fleet {
  readonly #settings: FleetSettings;
  readonly #random: Random;
  readonly #begins = new Map<Replica, number>();
  #starting: Replica[] = [];
  #ready: Replica[] = [];
  readonly #draining = new Set<Replica>();
  #turn = 0;
  #replicaSeconds = 0;

  constructor(settings: FleetSettings, random: Random) {
    this.#settings = settings;
    this.#random = random;
  }

  get ready(): readonly Replica[] {
    return this.#ready;
  }

  /** Replicas as the autoscaler counts them: ready or starting. */
  get size(): number {
    return this.#ready.length + this.#starting.length;
  }

  get queued(): number {
    return this.#ready.reduce((sum, { queued }) => sum + queued, 0);
  }

  /** Share of the last `seconds`, since this was last asked, that lanes were busy, summed over the ready replicas. */
  takeUtilisation(now: number, seconds: number): number {
    return this.#ready.reduce(
      (sum, replica) => sum + replica.takeBusySeconds(now) / (replica.lanes * seconds),
      0,
    );
  }

  start(now: number): Replica {
    const replica = new Replica(this.#settings);
    this.#begins.set(replica, now);
    this.#starting.push(replica);
    return replica;
  }

  /** The models of a replica are loaded. Nothing happens when it was taken away meanwhile. */
  becomeReady(replica: Replica): void {
    if (!this.#starting.includes(replica)) return;
    this.#starting = this.#starting.filter((each) => each !== replica);
    this.#ready.push(replica);
  }

  /** Takes one away, as a ReplicaSet does: one that is not ready, or else the youngest, which ends when it is empty. */
  remove(now: number): void {
    const starting = this.#starting.pop();
    if (starting !== undefined) {
      this.#end(starting, now);
      return;
    }
    const replica = this.#ready.pop();
    if (replica === undefined) return;
    this.#draining.add(replica);
    this.endIfDrained(replica, now);
  }

  endIfDrained(replica: Replica, now: number): void {
    if (replica.inside === 0 && this.#draining.delete(replica)) this.#end(replica, now);
  }

  #end(replica: Replica, now: number): void {
    this.#replicaSeconds += now - (this.#begins.get(replica) as number);
    this.#begins.delete(replica);
  }

  /** Seconds that all replicas were there together, starting and draining included. */
  replicaSeconds(now: number): number {
    const still = [...this.#begins.values()].reduce((sum, begin) => sum + now - begin, 0);
    return this.#replicaSeconds + still;
  }

  /** The replica that the next request goes to; undefined when none is ready. */
  choose(): Replica | undefined {
    const { balance } = this.#settings;
    if (balance === 'random') return this.#ready[this.#random.integer(this.#ready.length)];
    if (balance === 'round-robin') return this.#ready[this.#turn++ % this.#ready.length];
    return this.#ready.reduce<Replica | undefined>(
      (best, replica) => (best === undefined || replica.inside < best.inside ? replica : best),
      undefined,
    );
  }
}
