import { writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { UnpairedError } from '../core/errors.ts';
import {
  type FromLane,
  type LaneProcessOptions,
  type LaneTask,
  reportOf,
  type TaskResult,
  type ToLane,
} from './lane-messages.ts';
import { chooseProvider } from './providers.ts';
import { Session } from './session.ts';

/** A lane was asked to run a model that it has not opened. */
class ModelNotOpenError extends UnpairedError {
  constructor(key: string, open: Iterable<string>) {
    super(`model ${key} is not open on this lane; open are ${[...open].join(', ') || '(none)'}`, {
      code: 'MODEL_NOT_OPEN',
      status: 500,
    });
  }
}

/**
 * Entry of a lane process: owns sessions and does one task at a time, in the order in which they came.
 * The native call blocks this process's only thread, so messages that arrive during a run wait in the pipe.
 */
const options = JSON.parse(process.argv[2] ?? '{}') as LaneProcessOptions;
const sessions = new Map<string, Session>();
const waiting: { readonly id: number; readonly task: LaneTask }[] = [];
let working = false;
let closing = false;

// Ctrl-C and a supervisor's SIGTERM reach the whole process group: the parent drains first, then closes the lanes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToLane) => {
  if (message.kind === 'task') waiting.push(message);
  if (message.kind === 'withdraw') withdraw(message.id);
  if (message.kind === 'close') closing = true;
  void work();
});

process.title = `unpaired lane ${options.index}`;
offerToOutOfMemoryKiller();
await introduce();

async function introduce(): Promise<void> {
  try {
    const { provider, note } = await chooseProvider(options.provider, options.deviceId);
    await send({ kind: 'ready', provider, note });
  } catch (error) {
    await send({ kind: 'refused', error: reportOf(error) });
    process.exit(1);
  }
}

async function work(): Promise<void> {
  if (working) return;
  working = true;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    // The answer leaves before the next run begins: a large one would otherwise lie half written until its end.
    await send(await perform(next.id, next.task));
    // One turn of the event loop, so that a withdrawal that has arrived counts before the next task begins.
    await setImmediate();
  }
  working = false;
  if (closing) process.exit(0);
}

async function perform(id: number, task: LaneTask): Promise<FromLane> {
  try {
    return { kind: 'done', id, result: await resultOf(task) };
  } catch (error) {
    return { kind: 'failed', id, error: reportOf(error) };
  }
}

async function resultOf(task: LaneTask): Promise<TaskResult> {
  if (task.kind === 'load') return load(task.key, task.modelPath);
  if (task.kind === 'unload') return unload(task.key);
  const session = sessions.get(task.key);
  if (session === undefined) throw new ModelNotOpenError(task.key, sessions.keys());
  const start = performance.now();
  const outputs = await session.run(task.feeds);
  return { kind: 'ran', outputs, laneMilliseconds: performance.now() - start };
}

async function load(key: string, modelPath: string): Promise<TaskResult> {
  await unload(key);
  const session = await Session.create(modelPath, options);
  sessions.set(key, session);
  return { kind: 'loaded', model: { inputs: session.inputs, outputs: session.outputs } };
}

async function unload(key: string): Promise<TaskResult> {
  await sessions.get(key)?.dispose();
  sessions.delete(key);
  return { kind: 'unloaded' };
}

function withdraw(id: number): void {
  const index = waiting.findIndex((entry) => entry.id === id);
  if (index >= 0) waiting.splice(index, 1);
}

/** Resolves when the message is written, or when the parent is gone (then 'disconnect' ends this process). */
function send(message: FromLane): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });
}

/** When memory runs out, Linux should take a lane, which is replaced, and not the service. */
function offerToOutOfMemoryKiller(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '500');
  } catch {
    // Not Linux, or not allowed: nothing depends on it.
  }
}
