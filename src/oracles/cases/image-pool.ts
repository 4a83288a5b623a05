import { int64, toNumbers } from '../../core/tensor.ts';
import { ImagePool } from '../../training/methods/image-pool.ts';
import { MalformedCaseError } from '../case-folder.ts';
import { type Attempt, byName, type CaseKind } from '../case-kind.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';

/** `ImagePool.query` on pictures of one pixel whose value is their running number. */
export const imagePool: CaseKind = {
  knows: ({ class_or_function }) => /^ImagePool\b/.test(class_or_function),
  async *attempts(oracle) {
    yield attempt(oracle);
  },
};

/** `returned` [queries, batch]: numbers of the pictures handed out; `used` [2]: how many draws of each kind it took. */
function attempt(oracle: OracleCase): Attempt {
  oracle.arguments.withoutInfluence('batch', 'batch_size', 'queries');
  const pool = new ImagePool<number>(oracle.arguments.integer('pool_size'));
  const draws = { uniform: recorded(oracle, 'uniform'), integer: recorded(oracle, 'slots') };
  const dims = oracle.expected.find(({ name }) => name === 'returned')?.tensor.dims ?? [];
  const [queries = 0, batch = 1] = dims;
  const returned: number[] = [];
  for (let query = 0; query < queries; query++) {
    const numbers = Array.from({ length: batch }, (_, at) => query * batch + at);
    const random = { uniform: draws.uniform.next, integer: draws.integer.next };
    returned.push(...pool.query(numbers, random));
  }
  const used = [draws.uniform.used(), draws.integer.used()];
  return {
    produced: byName(
      new Map([
        ['returned', int64(dims, returned)],
        ['used', int64([2], used)],
      ]),
    ),
  };
}

/** Random numbers played back in their order. */
function recorded(oracle: OracleCase, name: string) {
  const values = toNumbers(inputOf(oracle, name));
  let used = 0;
  return {
    next(): number {
      const value = values[used];
      if (value === undefined) {
        throw new MalformedCaseError(`the case has ${values.length} numbers in "${name}", more are drawn`);
      }
      used++;
      return value;
    },
    used: () => used,
  };
}
