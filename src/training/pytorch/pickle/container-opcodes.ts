import { containerSteps, entrySteps, type OpcodeTable, type PickleMachine } from './machine.ts';
import { kindOf, type PickleValue, tuple } from './values.ts';

/** Opcodes that make and fill tuples, lists, dicts and sets, and those that move values about. */

function pushContainer(machine: PickleMachine, container: PickleValue): void {
  machine.charge(containerSteps);
  machine.push(container);
}

/** TUPLE1 to TUPLE3: the topmost values become one. */
function pushTuple(machine: PickleMachine, count: number): void {
  const items = Array.from({ length: count }, () => machine.pop());
  pushContainer(machine, tuple(items.reverse()));
}

function append(machine: PickleMachine, items: readonly PickleValue[]): void {
  const list = machine.top();
  if (!Array.isArray(list) || Object.isFrozen(list))
    throw machine.damaged(`an item is appended to ${kindOf(list)}`);
  for (const item of items) list.push(item);
}

function addItems(machine: PickleMachine): void {
  const items = machine.popToMark();
  const set = machine.top();
  if (!(set instanceof Set)) throw machine.damaged(`an item is added to ${kindOf(set)}`);
  machine.charge(entrySteps * items.length);
  for (const item of items) set.add(item);
}

function pushFrozenSet(machine: PickleMachine): void {
  const items = machine.popToMark();
  machine.charge(entrySteps * items.length);
  pushContainer(machine, new Set(items));
}

/** @param items key, value, key, value, ... */
function setItems(machine: PickleMachine, map: PickleValue, items: readonly PickleValue[]): void {
  if (!(map instanceof Map)) throw machine.damaged(`an entry is set in ${kindOf(map)}`);
  if (items.length % 2 !== 0) throw machine.damaged('a key without a value');
  machine.charge((entrySteps * items.length) / 2);
  for (let index = 0; index < items.length; index += 2) {
    map.set(items[index] as PickleValue, items[index + 1] as PickleValue);
  }
}

function pushDict(machine: PickleMachine): void {
  const items = machine.popToMark();
  const map = new Map<PickleValue, PickleValue>();
  setItems(machine, map, items);
  pushContainer(machine, map);
}

function setItem(machine: PickleMachine): void {
  const value = machine.pop();
  const key = machine.pop();
  setItems(machine, machine.top(), [key, value]);
}

function recall(machine: PickleMachine, key: number): void {
  const value = machine.memo.get(key);
  if (value === undefined) throw machine.damaged(`memo ${key} was never written`);
  machine.push(value);
}

function remember(machine: PickleMachine, key: number): void {
  machine.charge(1);
  machine.memo.set(key, machine.top());
}

/** GET and PUT of protocol 0: the number as decimal text. */
function memoKey(machine: PickleMachine): number {
  const line = machine.cursor.line();
  if (!/^[0-9]{1,10}$/.test(line)) throw machine.damaged('a memo number that is not one');
  return Number(line);
}

export const containerOpcodes: OpcodeTable = [
  // MARK, POP, POP_MARK, DUP
  ['(', (machine) => machine.mark()],
  ['0', (machine) => machine.discard()],
  ['1', (machine) => void machine.popToMark()],
  ['2', (machine) => machine.push(machine.top())],
  // EMPTY_TUPLE, TUPLE, TUPLE1 to TUPLE3
  [')', (machine) => pushTuple(machine, 0)],
  ['t', (machine) => pushContainer(machine, tuple(machine.popToMark()))],
  [0x85, (machine) => pushTuple(machine, 1)],
  [0x86, (machine) => pushTuple(machine, 2)],
  [0x87, (machine) => pushTuple(machine, 3)],
  // EMPTY_LIST, LIST, APPEND, APPENDS
  [']', (machine) => pushContainer(machine, [])],
  ['l', (machine) => pushContainer(machine, machine.popToMark())],
  ['a', (machine) => append(machine, [machine.pop()])],
  ['e', (machine) => append(machine, machine.popToMark())],
  // EMPTY_DICT, DICT, SETITEM, SETITEMS
  ['}', (machine) => pushContainer(machine, new Map())],
  ['d', pushDict],
  ['s', setItem],
  [
    'u',
    (machine) => {
      const items = machine.popToMark();
      setItems(machine, machine.top(), items);
    },
  ],
  // EMPTY_SET, ADDITEMS, FROZENSET
  [0x8f, (machine) => pushContainer(machine, new Set())],
  [0x90, addItems],
  [0x91, pushFrozenSet],
  // GET, BINGET, LONG_BINGET, PUT, BINPUT, LONG_BINPUT, MEMOIZE
  ['g', (machine) => recall(machine, memoKey(machine))],
  ['h', (machine) => recall(machine, machine.cursor.u8())],
  ['j', (machine) => recall(machine, machine.cursor.u32())],
  ['p', (machine) => remember(machine, memoKey(machine))],
  ['q', (machine) => remember(machine, machine.cursor.u8())],
  ['r', (machine) => remember(machine, machine.cursor.u32())],
  [0x94, (machine) => remember(machine, machine.memo.size)],
];
