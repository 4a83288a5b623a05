import { CheckpointError, quoted } from '../checkpoint-error.ts';
import { numpyGlobals } from './numpy-globals.ts';
import { pythonGlobals } from './python-globals.ts';
import { torchGlobals } from './torch-globals.ts';
import type { Global } from './values.ts';

/**
 * Every name that a checkpoint may ask for. A pickle is a program; this table is all that it can call, and each
 * entry is our own code that makes plain data. Nothing is looked up anywhere else.
 */
const whitelist = new Map<string, Global>(
  [...pythonGlobals, ...torchGlobals, ...numpyGlobals].map((global) => [global.name, global]),
);

/** Modules that moved: Python 2 to 3, NumPy 1 to 2. */
const movedModules = new Map([
  ['__builtin__', 'builtins'],
  ['numpy._core.multiarray', 'numpy.core.multiarray'],
  ['numpy._core.numeric', 'numpy.core.numeric'],
]);

/** @throws CheckpointError naming what the file asked for, when that is not on the list */
export function resolveGlobal(module: string, name: string): Global {
  const global = whitelist.get(`${movedModules.get(module) ?? module}.${name}`);
  if (global === undefined) {
    throw new CheckpointError(
      `the file asks for ${quoted(`${module}.${name}`)}, which is not among the names that a checkpoint may use; nothing was run`,
    );
  }
  return global;
}
