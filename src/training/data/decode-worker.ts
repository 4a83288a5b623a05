import { parentPort, workerData } from 'node:worker_threads';
import { InternalError, messageOf } from '../../core/errors.ts';
import type { DecoderSettings, MessageFromDecoder, MessageToDecoder } from './decode-protocol.ts';
import { PictureSource } from './picture-source.ts';

/** Entry of a decoding thread: answers requests one after the other, in the order in which they came. */

if (parentPort === null) throw new InternalError('the decoding thread was started as a program');
const port = parentPort;
const source = new PictureSource(workerData as DecoderSettings);
let last: Promise<void> = Promise.resolve();
let closing = false;

port.on('message', (message: MessageToDecoder) => {
  if (message === 'close') {
    // What is being decoded is finished first: a thread that is stopped inside native code takes the process with it.
    closing = true;
    last = last.then(() => port.close());
    return;
  }
  last = last.then(() => (closing ? undefined : serve(message)));
});

async function serve({ id, request }: Exclude<MessageToDecoder, 'close'>): Promise<void> {
  try {
    const answer = await source.answer(request);
    const transfer = answer.picture === undefined ? [] : [answer.picture.data.buffer];
    port.postMessage({ id, answer } satisfies MessageFromDecoder, transfer);
  } catch (thrown) {
    port.postMessage({ id, failure: messageOf(thrown) } satisfies MessageFromDecoder);
  }
}
