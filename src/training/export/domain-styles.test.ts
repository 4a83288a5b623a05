import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encode, type Pixels } from '../../image/index.ts';
import { temporaryFolder } from '../testing/sitting.ts';
import { domainStyles, evenly } from './domain-styles.ts';

const size = { width: 4, height: 4 };

/** A style of two numbers: which side is asked, and how light the picture is. */
const painter = {
  style: async (side: string, { data }: Pixels) =>
    Float32Array.of(side === 'source' ? 1 : 2, data[0] as number),
};

async function greys(...levels: readonly number[]): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'below'));
  for (const level of levels) {
    const data = new Uint8Array(8 * 6 * 3).fill(level);
    const png = await encode({ width: 8, height: 6, data }, { format: 'png' });
    await writeFile(join(folder, 'below', `${level}.png`), png);
  }
  return folder;
}

describe('domainStyles', () => {
  it('is the distribution of the styles of a folder, at any depth', async () => {
    const { mean, factor } = await domainStyles(painter, 'target', await greys(10, 30, 50), size);
    expect(mean).toEqual([2, 30]);
    expect(factor).toEqual([
      [0, 0],
      [0, 20],
    ]);
  });

  it('passes over what is no picture', async () => {
    const folder = await greys(10, 30);
    await writeFile(join(folder, 'broken.jpg'), 'no picture');
    expect((await domainStyles(painter, 'source', folder, size)).mean).toEqual([1, 20]);
  });

  it('says why there are none', async () => {
    const folder = await temporaryFolder();
    await expect(domainStyles(painter, 'source', folder, size)).rejects.toThrow('it holds no picture (jpg, ');
    await expect(domainStyles(painter, 'source', join(folder, 'no'), size)).rejects.toThrow(
      `no styles can be taken of ${join(folder, 'no')}: ENOENT`,
    );
    await writeFile(join(folder, 'broken.jpg'), 'no picture');
    await expect(domainStyles(painter, 'source', folder, size)).rejects.toThrow(
      /no styles can be taken .*: \S/,
    );
  });
});

describe('evenly', () => {
  it('takes all of few, and some of many at even distances', () => {
    const ten = Array.from({ length: 10 }, (_, index) => index);
    expect(evenly(ten, 10)).toEqual(ten);
    expect(evenly(ten, 4)).toEqual([0, 2, 5, 7]);
  });
});
