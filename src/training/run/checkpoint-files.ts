import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError } from '../../core/errors.ts';
import { isSystemError } from './durable-write.ts';

const namePattern = /^step-(\d{8,})\.safetensors$/;

/** Which checkpoints stay when a new one is saved. */
export interface CheckpointRetention {
  /** The newest so many, the one just saved among them. Default 3. */
  readonly keep?: number;
  /** Besides, for good, those whose step is a multiple of this. Default: none. */
  readonly keepEvery?: number;
}

/** @throws InvalidArgumentError when a number makes no sense; asked before anything is written. */
export function checkRetention({ keep = 1, keepEvery = 1 }: CheckpointRetention): void {
  for (const [name, value] of Object.entries({ keep, keepEvery })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new InvalidArgumentError(`${name} must be an integer of at least 1, got ${value}`);
  }
}

/** `step-00012000.safetensors`: eight digits, so that names sort as steps do (more from a hundred million on). */
export function checkpointName(step: number): string {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new InvalidArgumentError(`the step of a checkpoint must be an integer of at least 0, got ${step}`);
  }
  return `step-${String(step).padStart(8, '0')}.safetensors`;
}

/** The checkpoint files of a folder by rising step, whole or not; none when there is no such folder. */
export async function listCheckpoints(folder: string): Promise<{ step: number; path: string }[]> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    if (isSystemError(thrown, 'ENOENT')) return [];
    throw thrown;
  });
  return names
    .map((name) => ({ name, step: Number(namePattern.exec(name)?.[1]) }))
    .filter(({ name, step }) => Number.isSafeInteger(step) && name === checkpointName(step))
    .map(({ name, step }) => ({ step, path: join(folder, name) }))
    .sort((one, other) => one.step - other.step);
}

/** Of the steps in a folder those to remove after `saved` was written; later ones belong to a course given up. */
export function stepsToRemove(
  steps: readonly number[],
  saved: number,
  { keep = 3, keepEvery }: CheckpointRetention,
): number[] {
  const newest = new Set(
    steps
      .filter((step) => step <= saved)
      .sort((one, other) => other - one)
      .slice(0, keep),
  );
  const kept = (step: number) =>
    newest.has(step) || (step <= saved && keepEvery !== undefined && step % keepEvery === 0);
  return steps.filter((step) => !kept(step));
}
