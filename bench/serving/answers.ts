import { decode } from '../../src/image/index.ts';
import type { Answer } from './load.ts';

/** How the answers of a load compare with those that the same requests got alone. */
export interface Verdict {
  /** Answers other than 200, or none at all. */
  readonly errors: number;
  /** Pictures that differ from the one that the same request got alone. */
  readonly different: number;
  /** What was said about the first error. */
  readonly firstError: string | undefined;
}

/** @param alone for each client the picture that its request got when there was no other */
export async function judgeAnswers(answers: readonly Answer[], alone: readonly Buffer[]): Promise<Verdict> {
  const failures = answers.filter(({ status }) => status !== 200);
  const [first] = failures;
  let different = 0;
  for (const { client, status, body } of answers) {
    if (status === 200 && !(await samePicture(body, alone[client] as Buffer))) different++;
  }
  const firstError = first && `${first.status} ${first.body.toString('utf8', 0, 500)}`;
  return { errors: failures.length, different, firstError };
}

/** Equal bytes are equal pixels; other bytes may be. */
export async function samePicture(left: Buffer, right: Buffer): Promise<boolean> {
  if (left.equals(right)) return true;
  const [a, b] = [await decode(left), await decode(right)];
  return a.width === b.width && a.height === b.height && Buffer.compare(a.data, b.data) === 0;
}
