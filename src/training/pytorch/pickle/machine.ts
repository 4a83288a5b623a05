import { Budget } from '../budget.ts';
import type { ByteCursor } from '../byte-cursor.ts';
import { CheckpointError } from '../checkpoint-error.ts';
import { Global, kindOf, type PickleValue } from './values.ts';

/**
 * Most steps that one pickle may take, a container counting for several. Several times what the largest published
 * checkpoints need; it holds the memory of a hostile file to a few hundred megabytes.
 */
const maximumSteps = 4_000_000;

/** What an entry of a map or a set costs besides its key and value. */
export const entrySteps = 4;

/** What making an empty container costs, in steps: about as many words as the engine takes for one. */
export const containerSteps = 16;

/** What an opcode does to the machine. */
type Step = (machine: PickleMachine) => void;

/** One row a code: printable codes by their character, the others by number. */
export type OpcodeTable = readonly (readonly [code: string | number, step: Step])[];

/** Turns a persistent id (a storage, in checkpoints) into a value. */
export type PersistentLoad = (id: PickleValue) => PickleValue;

/**
 * The stack machine that a pickle is a program for: stack, marks and memo (protocols 0 to 5; the opcodes are described in CPython's
 * `pickletools`). It makes plain data only: names resolve through the whitelist, and no code of the file is run.
 */
export class PickleMachine {
  readonly cursor: ByteCursor;
  readonly memo = new Map<number, PickleValue>();
  readonly persistentLoad: PersistentLoad;
  private readonly stack: PickleValue[] = [];
  private readonly marks: number[] = [];
  private readonly budget = new Budget('steps of unpickling', maximumSteps);

  constructor(cursor: ByteCursor, persistentLoad: PersistentLoad) {
    this.cursor = cursor;
    this.persistentLoad = persistentLoad;
  }

  /** Pays for work or memory that does not come out of the file byte by byte. */
  charge(steps: number): void {
    this.budget.spend(steps);
  }

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    const value = this.top();
    this.stack.length -= 1;
    return value;
  }

  top(): PickleValue {
    const value = this.stack.length > (this.marks.at(-1) ?? 0) ? this.stack.at(-1) : undefined;
    if (value === undefined) throw this.damaged('a value is taken from an empty stack');
    return value;
  }

  mark(): void {
    this.marks.push(this.stack.length);
  }

  /** Everything above the last mark, which is removed too. */
  popToMark(): PickleValue[] {
    const start = this.marks.pop();
    if (start === undefined) throw this.damaged('a mark is missing');
    return this.stack.splice(start);
  }

  /** POP also takes a mark away when that is what stands on top. */
  discard(): void {
    if (this.marks.at(-1) === this.stack.length) this.marks.pop();
    else this.pop();
  }

  call(callable: PickleValue | undefined, args: readonly PickleValue[]): PickleValue {
    if (!(callable instanceof Global) || callable.call === undefined) {
      throw new CheckpointError(
        `the pickle calls ${kindOf(callable)}, which is not something that can be called`,
      );
    }
    // A call may copy what it is given, and may be repeated at two bytes a time: it is paid for each time.
    this.charge(sum(args, costOf));
    return callable.call(args);
  }

  damaged(why: string): CheckpointError {
    return new CheckpointError(`${this.cursor.what} is damaged: ${why} at byte ${this.cursor.position}`);
  }
}

/** What copying a value costs, in steps: a list counts its texts and bytes too, a map takes several words an entry. */
export function costOf(value: PickleValue): number {
  return Array.isArray(value) ? sum(value, shallowCost) : shallowCost(value);
}

function shallowCost(value: PickleValue): number {
  if (value instanceof Map || value instanceof Set) return 1 + entrySteps * value.size;
  if (typeof value === 'string' || value instanceof Uint8Array) return 1 + value.length / 8;
  return Array.isArray(value) ? 1 + value.length : 1;
}

function sum(values: readonly PickleValue[], cost: (value: PickleValue) => number): number {
  let total = 1;
  for (const value of values) total += cost(value);
  return total;
}
