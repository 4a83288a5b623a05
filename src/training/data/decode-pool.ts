import type { UnalignedDataset } from './dataset.ts';
import type { PictureAnswer, PictureRequest } from './decode-protocol.ts';
import { DecodeThread } from './decode-thread.ts';

export interface DecodePoolOptions {
  readonly root: string;
  readonly dataset: UnalignedDataset;
  /** Bytes of decoded pictures that all threads together may keep. */
  readonly cacheBytes: number;
  /** Number of threads, at least 1. */
  readonly workers: number;
}

/** Decoding threads. A picture always goes to the same one, so that each is cached once. */
export class DecodePool {
  private readonly threads: readonly DecodeThread[];

  constructor({ root, dataset, cacheBytes, workers }: DecodePoolOptions) {
    const settings = { root, dataset, cacheBytes: Math.floor(cacheBytes / workers) };
    this.threads = Array.from({ length: workers }, () => new DecodeThread(settings));
  }

  ask(request: PictureRequest): Promise<PictureAnswer> {
    const thread = this.threads[request.index % this.threads.length] as DecodeThread;
    return thread.ask(request);
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }
}
