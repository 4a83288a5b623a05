import { readFile } from 'node:fs/promises';
import { readCheckpoint, stateDicts } from '../training/pytorch/index.ts';

/** The options of `unpaired import --as generator`. */
export interface GeneratorFlags {
  readonly name?: string;
  readonly models: string;
}

/** Lists the state dicts of a checkpoint. */
export async function importGenerator(file: string, _flags: GeneratorFlags): Promise<void> {
  for (const [name, dict] of stateDicts(readCheckpoint(await readFile(file)))) {
    process.stdout.write(`${name || '(file)'}: ${dict.size} tensors\n`);
  }
}
