import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { InternalError, UnpairedError } from '../core/errors.ts';
import {
  type FromLane,
  type LaneProcessOptions,
  type LaneTask,
  reportOf,
  type TaskResult,
  type ToLane,
  tensorBuffers,
} from './lane-messages.ts';
import { readChecked } from './model-bytes.ts';
import { chooseProvider } from './providers.ts';
import { SequenceCaches } from './sequence-caches.ts';
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

/** Entry of a lane's worker thread: owns sessions and does one task at a time, in the order in which they came. */
if (parentPort === null) throw new InternalError('lane-worker is the entry of a worker thread');
const port = parentPort;
const options = workerData as LaneProcessOptions;
const sessions = new Map<string, Session>();
const caches = new SequenceCaches(options.cacheCeilingBytes ?? Number.POSITIVE_INFINITY);
const waiting: { readonly id: number; readonly task: LaneTask }[] = [];
let working = false;
let closing = false;

if (await introduce()) port.on('message', receive);

/** Tells which provider runs; without one there is nothing to do here. */
async function introduce(): Promise<boolean> {
  try {
    const { provider, note } = await chooseProvider(options.provider, options.deviceId);
    post({ kind: 'ready', provider, note });
    return true;
  } catch (error) {
    post({ kind: 'refused', error: reportOf(error) });
    return false;
  }
}

function receive(message: ToLane): void {
  if (message.kind === 'task') waiting.push(message);
  if (message.kind === 'withdraw') withdraw(message.id);
  if (message.kind === 'close') closing = true;
  void work();
}

async function work(): Promise<void> {
  if (working) return;
  working = true;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    post(await perform(next.id, next.task));
    // One turn of the event loop, so that a withdrawal that has arrived counts before the next task begins.
    await setImmediate();
  }
  working = false;
  if (closing) port.close();
}

async function perform(id: number, task: LaneTask): Promise<FromLane> {
  try {
    return { kind: 'done', id, result: await resultOf(task) };
  } catch (error) {
    return { kind: 'failed', id, error: reportOf(error) };
  }
}

async function resultOf(task: LaneTask): Promise<TaskResult> {
  if (task.kind === 'load') return load(task);
  if (task.kind === 'unload') return unload(task.key);
  if (task.kind === 'run') return run(task);
  caches.forget(task.sequence);
  return { kind: 'forgotten', cacheBytes: caches.bytes };
}

async function run({ key, feeds, steps }: LaneTask & { kind: 'run' }): Promise<TaskResult> {
  const session = sessions.get(key);
  if (session === undefined) throw new ModelNotOpenError(key, sessions.keys());
  const start = performance.now();
  const { outputs, missing } =
    steps === undefined
      ? { outputs: await session.run(feeds), missing: [] }
      : await caches.run(key, session, feeds, steps);
  const laneMilliseconds = performance.now() - start;
  const residentBytes = process.memoryUsage.rss();
  return { kind: 'ran', outputs, missing, laneMilliseconds, residentBytes, cacheBytes: caches.bytes };
}

async function load({ key, modelPath, sha256 }: LaneTask & { kind: 'load' }): Promise<TaskResult> {
  await unload(key);
  const model = sha256 === undefined ? modelPath : await readChecked(modelPath, sha256);
  const session = await Session.create(model, options);
  sessions.set(key, session);
  return { kind: 'loaded', model: { inputs: session.inputs, outputs: session.outputs } };
}

async function unload(key: string): Promise<TaskResult> {
  await sessions.get(key)?.dispose();
  sessions.delete(key);
  caches.forgetModel(key);
  return { kind: 'unloaded' };
}

function withdraw(id: number): void {
  const index = waiting.findIndex((entry) => entry.id === id);
  if (index >= 0) waiting.splice(index, 1);
}

/** Outputs are handed over, not copied: their arrays are fresh and nobody here reads them again. */
function post(message: FromLane): void {
  const isRun = message.kind === 'done' && message.result.kind === 'ran';
  port.postMessage(message, isRun ? tensorBuffers(message.result.outputs) : []);
}
