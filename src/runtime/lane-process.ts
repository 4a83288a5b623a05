import { writeFileSync } from 'node:fs';
import {
  type FromLane,
  type LaneProcessOptions,
  type ToLane,
  tensorBuffers,
  withOwnMemory,
} from './lane-messages.ts';
import { startSiblingThread } from './source-tree.ts';
import { disableTelemetry } from './telemetry.ts';

/**
 * Entry of a lane process. This thread only carries messages between the parent's pipe and the worker thread that owns
 * the sessions: a run blocks its thread, and here the next input arrives and the last output leaves meanwhile.
 */
const options = JSON.parse(process.argv[2] ?? '{}') as LaneProcessOptions;
process.title = `unpaired lane ${options.index}`;
offerToOutOfMemoryKiller();
// Here and not in the worker, whose environment native code does not see.
disableTelemetry();

// Ctrl-C and a supervisor's SIGTERM reach the whole process group: the parent drains first, then closes the lanes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
// The parent is gone. Not process.exit: that would tear the worker down in the middle of a run, which aborts.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// It may have gone before this line, and without one nothing would ever end this process.
if (!process.connected) process.exit(1);

const worker = startSiblingThread('lane-worker', options);
let lastSent: Promise<void> = Promise.resolve();

worker.on('message', (message: FromLane) => {
  lastSent = send(message);
});
worker.on('error', (error) => {
  console.error(error);
  process.exit(1);
});
// The worker leaves by itself when it has been told to close, or when its provider does not work.
worker.on('exit', async (code) => {
  await lastSent;
  process.exit(code);
});
process.on('message', (message: ToLane) => {
  const owned = withOwnFeeds(message);
  worker.postMessage(
    owned,
    owned.kind === 'task' && owned.task.kind === 'run' ? tensorBuffers(owned.task.feeds) : [],
  );
});

/** Feeds that can be handed over without another copy. */
function withOwnFeeds(message: ToLane): ToLane {
  if (message.kind !== 'task' || message.task.kind !== 'run') return message;
  return { ...message, task: { ...message.task, feeds: withOwnMemory(message.task.feeds) } };
}

/** Resolves when the message is written, or when the parent is gone. */
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
