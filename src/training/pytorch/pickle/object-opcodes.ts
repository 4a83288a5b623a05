import { CheckpointError } from '../checkpoint-error.ts';
import { containerSteps, costOf, type OpcodeTable, type PickleMachine } from './machine.ts';
import { asArray, asText, Instance, kindOf, type PickleValue } from './values.ts';
import { resolveGlobal } from './whitelist.ts';

/** Opcodes that name, call and fill objects: the dangerous ones. All names go through the whitelist. */

const newestProtocol = 5;

function checkProtocol(machine: PickleMachine): void {
  const protocol = machine.cursor.u8();
  if (protocol > newestProtocol)
    throw machine.damaged(`pickle protocol ${protocol}, at most ${newestProtocol} is known`);
}

function pushGlobal(machine: PickleMachine): void {
  const module = machine.cursor.line();
  machine.push(resolveGlobal(module, machine.cursor.line()));
}

/** STACK_GLOBAL: module and name are on the stack. */
function pushStackGlobal(machine: PickleMachine): void {
  const name = asText(machine.pop(), 'the name of a global');
  machine.push(resolveGlobal(asText(machine.pop(), 'the module of a global'), name));
}

function pushCall(
  machine: PickleMachine,
  callable: PickleValue | undefined,
  args: readonly PickleValue[],
): void {
  machine.charge(containerSteps);
  machine.push(machine.call(callable, args));
}

/** REDUCE and NEWOBJ: a callable or class below a tuple of arguments. */
function reduce(machine: PickleMachine): void {
  const args = asArray(machine.pop(), 'a tuple of arguments');
  pushCall(machine, machine.pop(), args);
}

/** NEWOBJ_EX: keyword arguments on top; none of the listed classes takes any. */
function reduceWithKeywords(machine: PickleMachine): void {
  const keywords = machine.pop();
  if (!(keywords instanceof Map && keywords.size === 0)) throw machine.damaged('keyword arguments');
  reduce(machine);
}

/** INST of protocol 0: the class named in the text, its arguments above the mark. */
function pushInstance(machine: PickleMachine): void {
  const module = machine.cursor.line();
  const callable = resolveGlobal(module, machine.cursor.line());
  pushCall(machine, callable, machine.popToMark());
}

/** OBJ of protocol 1: class and arguments above the mark. */
function pushObject(machine: PickleMachine): void {
  const [callable, ...args] = machine.popToMark();
  pushCall(machine, callable, args);
}

/** BUILD: attributes of a dict subclass (a state dict's `_metadata`) are read and dropped. */
function build(machine: PickleMachine): void {
  const state = machine.pop();
  const target = machine.top();
  machine.charge(costOf(state));
  if (target instanceof Instance) target.build(state);
  else if (!(target instanceof Map)) throw machine.damaged(`attributes are set on ${kindOf(target)}`);
}

function refuse(what: string): () => never {
  return () => {
    throw new CheckpointError(`the pickle uses ${what}, which checkpoints never do`);
  };
}

const refuseExtension = refuse('the extension registry');
const refuseBuffer = refuse('out-of-band buffers');

export const objectOpcodes: OpcodeTable = [
  // PROTO, FRAME
  [0x80, checkProtocol],
  [0x95, (machine) => void machine.cursor.u64()],
  // GLOBAL, STACK_GLOBAL
  ['c', pushGlobal],
  [0x93, pushStackGlobal],
  // REDUCE, NEWOBJ, NEWOBJ_EX, INST, OBJ, BUILD
  ['R', reduce],
  [0x81, reduce],
  [0x92, reduceWithKeywords],
  ['i', pushInstance],
  ['o', pushObject],
  ['b', build],
  // PERSID, BINPERSID
  ['P', (machine) => machine.push(machine.persistentLoad(machine.cursor.line()))],
  ['Q', (machine) => machine.push(machine.persistentLoad(machine.pop()))],
  // EXT1, EXT2, EXT4, NEXT_BUFFER, READONLY_BUFFER
  [0x82, refuseExtension],
  [0x83, refuseExtension],
  [0x84, refuseExtension],
  [0x97, refuseBuffer],
  [0x98, refuseBuffer],
];
