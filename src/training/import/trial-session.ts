import { messageOf, UnpairedError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import { Session, type SessionOptions } from '../../runtime/index.ts';
import type { PackagedNetwork } from '../export/packaged-network.ts';
import { nonFiniteElement } from '../weights/non-finite.ts';

/** A network that does not do what a picture translator does. */
export class TrialError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'NETWORK_UNSUITABLE', status: 422, ...options });
  }
}

/** @throws TrialError with ONNX Runtime's reason */
export async function openToTry({ bytes }: PackagedNetwork, options: SessionOptions): Promise<Session> {
  try {
    return await Session.create(bytes, { ...options, quiet: true });
  } catch (cause) {
    throw new TrialError(`ONNX Runtime cannot open the network: ${messageOf(cause)}`, { cause });
  }
}

/**
 * @param what the network is run on, for the message
 * @throws TrialError with ONNX Runtime's reason
 */
export async function runToTry(
  session: Session,
  feeds: Readonly<Record<string, Tensor>>,
  what: string,
): Promise<Readonly<Record<string, Tensor>>> {
  try {
    return await session.run(feeds);
  } catch (cause) {
    throw new TrialError(`the network fails on ${what}: ${messageOf(cause)}`, { cause });
  }
}

/** @throws TrialError naming the first element that is no number or infinite */
export function requireFinite(output: Tensor, name: string): void {
  const element = nonFiniteElement(output);
  if (element === undefined) return;
  throw new TrialError(`the network's output "${name}" is not finite: ${element}`);
}
