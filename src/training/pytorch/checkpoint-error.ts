import { UnpairedError } from '../../core/errors.ts';

/** A checkpoint file that cannot be read: damaged, unsafe, too large once unpacked, or of a kind we do not know. */
export class CheckpointError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'CHECKPOINT_INVALID', status: 422, ...options });
  }
}

/** Text out of an untrusted file, fit for a message: one line, quoted, at most 120 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 117)}...` : text);
}
