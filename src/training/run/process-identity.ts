import { readFile } from 'node:fs/promises';
import { isSystemError } from './durable-write.ts';

interface ProcessStatus {
  /** One letter; Z is a process that has ended and waits for its parent to notice. */
  readonly state: string;
  /** Clock ticks since the machine started. */
  readonly start: string;
}

/**
 * A mark of when process `pid` began, the same for as long as it runs and different for a later process of that number
 * (also after the machine restarted). Null where the system does not tell (no /proc) or there is no such process.
 */
export async function startOfProcess(pid: number): Promise<string | null> {
  const [status, boot] = await Promise.all([readStatus(pid), readBootId()]);
  return status === undefined || boot === undefined ? null : `${boot} ${status.start}`;
}

/**
 * Whether the process `pid` that began at `start` still runs. With a null `start` any process of that number counts.
 * Containers give out the same small numbers again and again, hence the second look.
 */
export async function isRunning(pid: number, start: string | null): Promise<boolean> {
  if (!exists(pid)) return false;
  if ((await readStatus(pid))?.state === 'Z') return false;
  const startNow = await startOfProcess(pid);
  return start === null || startNow === null || start === startNow;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it is there, but somebody else's.
    return isSystemError(thrown, 'EPERM');
  }
}

/** Fields 3 and 22 of /proc/PID/stat (proc(5)); field 2, the name in parentheses, may itself hold spaces and brackets. */
async function readStatus(pid: number): Promise<ProcessStatus | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? undefined : { state, start };
}

async function readBootId(): Promise<string | undefined> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => undefined);
  return text?.trim();
}
