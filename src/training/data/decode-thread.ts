import { Worker } from 'node:worker_threads';
import { InternalError, messageOf } from '../../core/errors.ts';
import type {
  DecoderSettings,
  MessageFromDecoder,
  MessageToDecoder,
  PictureAnswer,
  PictureRequest,
} from './decode-protocol.ts';

interface Pending {
  resolve(answer: PictureAnswer): void;
  reject(error: Error): void;
}

/**
 * One decoding thread, seen from the thread that trains. Requests are posted at once and wait in the thread's own
 * queue, so that it goes on working while the training thread is blocked inside a run of the graph.
 */
export class DecodeThread {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private readonly ended: Promise<void>;
  private nextId = 0;
  private fault: Error | undefined;

  constructor(settings: DecoderSettings) {
    this.worker = startWorker(settings);
    this.worker.on('message', (message: MessageFromDecoder) => this.settle(message));
    this.worker.on('error', (cause) => this.fail(`failed: ${messageOf(cause)}`, cause));
    this.ended = new Promise((resolve) => {
      this.worker.once('exit', (code) => {
        this.fail(`ended with code ${code}`);
        resolve();
      });
    });
  }

  ask(request: PictureRequest): Promise<PictureAnswer> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    const id = this.nextId++;
    this.worker.postMessage({ id, request } satisfies MessageToDecoder);
    return new Promise((resolve, reject) => this.pending.set(id, { resolve, reject }));
  }

  /** Lets the picture in work be finished, drops the others, and waits until the thread has ended. */
  async close(): Promise<void> {
    this.fail('was closed');
    this.worker.postMessage('close' satisfies MessageToDecoder);
    await this.ended;
  }

  private settle(message: MessageFromDecoder): void {
    const waiting = this.pending.get(message.id);
    this.pending.delete(message.id);
    if ('answer' in message) waiting?.resolve(message.answer);
    else waiting?.reject(new InternalError(`the decoding thread failed: ${message.failure}`));
  }

  private fail(what: string, cause?: unknown): void {
    this.fault ??= new InternalError(`the decoding thread ${what}`, { cause });
    for (const waiting of this.pending.values()) waiting.reject(this.fault);
    this.pending.clear();
  }
}

/**
 * The entry has the ending of this file: `.js` when built. From source, `.ts` goes through tsx; its `--import` flag
 * does not reach the modules of a worker on Node 20 (privatenumber/tsx issue 354), its programming interface does.
 */
function startWorker(workerData: DecoderSettings): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./decode-worker.js', import.meta.url), { workerData });
  }
  const entry = new URL('./decode-worker.ts', import.meta.url).href;
  const loader = import.meta.resolve('tsx/esm/api');
  const script = `import(${JSON.stringify(loader)}).then(({ tsImport }) => tsImport(${JSON.stringify(entry)}, ${JSON.stringify(entry)}))`;
  return new Worker(script, { eval: true, workerData });
}
