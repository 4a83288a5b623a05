import type { ByteCursor } from '../byte-cursor.ts';
import { CheckpointError } from '../checkpoint-error.ts';
import { containerOpcodes } from './container-opcodes.ts';
import { type OpcodeTable, type PersistentLoad, PickleMachine } from './machine.ts';
import { objectOpcodes } from './object-opcodes.ts';
import { scalarOpcodes } from './scalar-opcodes.ts';
import type { PickleValue } from './values.ts';

const rows: OpcodeTable = [...scalarOpcodes, ...containerOpcodes, ...objectOpcodes];

const steps = new Map(
  rows.map(([code, step]) => [typeof code === 'number' ? code : code.charCodeAt(0), step]),
);

const stopCode = 0x2e;

/**
 * Reads one pickle from the cursor, which is left behind its STOP.
 * @param persistentLoad called for every storage that is mentioned; default: none may be
 * @throws CheckpointError on anything but well-formed plain data
 */
export function readPickle(cursor: ByteCursor, persistentLoad: PersistentLoad = refuseStorage): PickleValue {
  const machine = new PickleMachine(cursor, persistentLoad);
  for (;;) {
    const code = cursor.u8();
    if (code === stopCode) return machine.pop();
    const step = steps.get(code);
    if (step === undefined) throw machine.damaged(`unknown opcode 0x${code.toString(16)} before`);
    machine.charge(1);
    step(machine);
  }
}

function refuseStorage(): never {
  throw new CheckpointError('the pickle is damaged: a storage is mentioned where none may be');
}
