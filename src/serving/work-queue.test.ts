import fc from 'fast-check';
import { expect, it } from 'vitest';
import { QueuedWork } from './queued-work.ts';
import { priorities, unhurried } from './work.ts';
import { WorkQueue } from './work-queue.ts';

const signal = new AbortController().signal;

function entryOf({ items = 1, network = 'n', priority = 'normal' as (typeof priorities)[number] }) {
  const feeds = { x: { dtype: 'uint8', dims: [items], data: new Uint8Array(items) } } as const;
  return new QueuedWork(
    { ...unhurried, network, feeds, maxBatch: 64, signal, priority },
    { maxBatch: 4, priorityStep: 1000 },
  );
}

const arrivals = fc.array(
  fc.record({
    items: fc.integer({ min: 1, max: 6 }),
    network: fc.constantFrom('a', 'b', 'c'),
    priority: fc.constantFrom(...priorities),
  }),
  { maxLength: 30 },
);

it('hands out every entry once, the first of a batch by rank, and never more than fits', () => {
  fc.assert(
    fc.property(arrivals, (all) => {
      const queue = new WorkQueue(0);
      const entries = all.map(entryOf);
      for (const entry of entries) queue.insert(entry);
      const heads: QueuedWork[] = [];
      const taken: QueuedWork[] = [];
      for (let batch = queue.takeDue(performance.now()); batch.length > 0; ) {
        const items = batch.reduce((sum, entry) => sum + entry.items, 0);
        expect(batch.length === 1 || items <= 4).toBe(true);
        expect(new Set(batch.map(({ key }) => key)).size).toBe(1);
        heads.push(batch[0] as QueuedWork);
        taken.push(...batch);
        batch = queue.takeDue(performance.now());
      }
      expect(new Set(taken)).toEqual(new Set(entries));
      expect(taken).toHaveLength(entries.length);
      expect(heads.map(({ rank }) => rank)).toEqual(heads.map(({ rank }) => rank).sort((a, b) => a - b));
      expect(queue.items).toBe(0);
    }),
  );
});

it('gives an entry that comes back its old place', () => {
  const queue = new WorkQueue(0);
  const entries = ['low', 'normal', 'high', 'normal'].map((priority) =>
    entryOf({ priority: priority as (typeof priorities)[number], items: 4 }),
  );
  for (const entry of entries) queue.insert(entry);
  const first = queue.takeFull();
  const second = queue.takeFull();
  expect([first[0], second[0]]).toEqual([entries[2], entries[1]]);
  for (const entry of [...second, ...first]) queue.insert(entry);
  const order = [1, 2, 3, 4].map(() => queue.takeFull()[0]);
  expect(order.map((entry) => entries.indexOf(entry as QueuedWork))).toEqual([2, 1, 3, 0]);
});

it('knows what is in front of a rank, and what each network has', () => {
  const queue = new WorkQueue(0);
  const [low, high] = [entryOf({ priority: 'low', items: 3, network: 'a' }), entryOf({ priority: 'high' })];
  queue.insert(low);
  queue.insert(high);
  expect(queue.before(low.rank)).toEqual([high, low]);
  expect(queue.before(high.rank)).toEqual([high]);
  expect([...queue.itemsByNetwork()]).toEqual([
    ['n', 1],
    ['a', 3],
  ]);
  expect(queue.oldestSince).toBe(low.since);
});
