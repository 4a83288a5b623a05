import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { Random } from '../../core/random.ts';
import { decode, type Pixels } from '../../image/index.ts';
import { mostPreviews, type Preview, Previews } from './previews.ts';

function noise(width: number, height: number): Pixels {
  const random = Random.of(1);
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)),
  };
}

function watch(watched = true) {
  const shown: Preview[] = [];
  const watcher = { watched, preview: (preview: Preview) => void shown.push(preview) };
  return { shown, watcher, previews: new Previews(watcher) };
}

/** Offers a preview at each of so many steps, with time to make one. */
async function work(
  previews: Previews,
  steps: number,
  make: (turn: number) => Promise<{ index: number; pixels: Pixels }>,
) {
  for (let step = 1; step <= steps; step++) {
    previews.offer(step / steps, make);
    await sleep(1);
  }
}

describe('Previews', () => {
  it('are a few, evenly over the progress, and small', async () => {
    const { shown, previews } = watch();
    const make = vi.fn(async (turn: number) => ({ index: turn % 2, pixels: noise(1024, 256) }));
    for (let step = 1; step <= 90; step++) {
      previews.offer(step / 90, make);
      if (step % 10 === 0)
        await vi.waitFor(() => expect(shown).toHaveLength(Math.min(step / 10, mostPreviews)));
    }
    expect(shown.map(({ progress }) => Math.round(progress * 9))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(shown.map(({ index }) => index)).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
    expect(make).toHaveBeenCalledTimes(mostPreviews);
    for (const { image } of shown) {
      const [head, data] = image.split(',') as [string, string];
      expect(head).toBe('data:image/webp;base64');
      expect(await decode(Buffer.from(data, 'base64'))).toMatchObject({ width: 128, height: 32 });
      // Noise is the worst case.
      expect(image.length).toBeLessThan(8192);
    }
  });

  it('cost nothing while nobody watches, and are not made up for later', async () => {
    const { shown, watcher, previews } = watch(false);
    const make = vi.fn(async () => ({ index: 0, pixels: noise(8, 8) }));
    await work(previews, 10, make);
    expect(make).not.toHaveBeenCalled();
    watcher.watched = true;
    previews.offer(0.8, make);
    await vi.waitFor(() => expect(shown).toHaveLength(1));
    previews.offer(0.8, make);
    expect(make).toHaveBeenCalledTimes(1);
  });

  it('do not hold work up: one is made at a time, and what fails is left out', async () => {
    const { shown, previews } = watch();
    let finish = () => {};
    const slow = vi.fn(
      () =>
        new Promise<{ index: number; pixels: Pixels }>((_, reject) => {
          finish = () => reject(new Error('no lane'));
        }),
    );
    await work(previews, 20, slow);
    expect(slow).toHaveBeenCalledTimes(1);
    finish();
    await sleep(1);
    previews.offer(0.95, async () => ({ index: 0, pixels: noise(8, 8) }));
    await vi.waitFor(() => expect(shown).toHaveLength(1));
  });

  it('end with the work', async () => {
    const { shown, previews } = watch();
    previews.offer(0.5, async () => ({ index: 0, pixels: noise(8, 8) }));
    previews.end();
    const make = vi.fn(async () => ({ index: 0, pixels: noise(8, 8) }));
    previews.offer(0.9, make);
    await sleep(20);
    expect([shown.length, make.mock.calls.length]).toEqual([0, 0]);
  });
});
