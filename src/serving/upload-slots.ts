import type { AppInstance } from './context.ts';
import { onResponseClosed } from './departure.ts';
import { RetryLaterError } from './errors.ts';

/** As many bodies as may be are being received and decoded. */
export class UploadsFullError extends RetryLaterError {
  constructor(limit: number) {
    // Nothing is known of how long the others take to send theirs.
    super(`${limit} uploads are being received or decoded, as many as may be`, 'UPLOADS_FULL', 429, 1);
  }
}

/**
 * Bounds the bodies that are received or decoded at one time, and with them the memory that bodies take. Fewer are
 * decoded side by side: as many as libuv's pool has threads (image/libvips.ts), which bounds the memory of pixels.
 */
export class UploadSlots {
  readonly #limit: number;
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  /**
   * @returns gives the slot back; a second call does nothing
   * @throws UploadsFullError
   */
  take(): () => void {
    if (this.#taken >= this.#limit) throw new UploadsFullError(this.#limit);
    this.#taken++;
    let held = true;
    return () => {
      if (held) this.#taken--;
      held = false;
    };
  }
}

/**
 * Takes a slot for every request with a body, before any of it is read. It is given back by the route when a picture
 * is decoded (`request.releaseUpload`), for other bodies when they are read, and at the latest with the answer.
 */
export function boundUploads(app: AppInstance, slots: UploadSlots): void {
  app.decorateRequest('releaseUpload', () => {});
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'POST') return;
    request.releaseUpload = slots.take();
    onResponseClosed(reply.raw, request.releaseUpload);
  });
  app.addHook('preHandler', async (request) => {
    if (!request.routeOptions.config.pictureBody) request.releaseUpload();
  });
}
