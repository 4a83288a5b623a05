import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blankPixels, encode } from '../../image/index.ts';
import type { PictureRequest } from './decode-protocol.ts';
import { PictureSource } from './picture-source.ts';

let root: string;
const trainA = ['broken.png', 'whole.png', 'missing.png', 'empty.png'];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pictures-'));
  await writeFile(
    join(root, 'whole.png'),
    await encode(blankPixels({ width: 8, height: 8 }), { format: 'png' }),
  );
  await writeFile(join(root, 'broken.png'), 'no picture');
  await writeFile(join(root, 'empty.png'), '');
});

afterEach(() => rm(root, { recursive: true, force: true }));

function sourceOf(files: readonly string[], cacheBytes = 1e6): PictureSource {
  return new PictureSource({
    root,
    dataset: { trainA: files, trainB: [], testA: files, testB: [] },
    cacheBytes,
  });
}

const request: PictureRequest = {
  folder: 'trainA',
  index: 0,
  augmentation: { preprocess: 'resize_and_crop', loadSize: 8, cropSize: 4, flip: false },
  randomKey: [1],
  training: true,
};

describe('PictureSource', () => {
  test('takes the next picture in place of a broken one, after the last the first', async () => {
    const source = sourceOf(trainA);
    const { picture, skipped } = await source.answer({ ...request, index: 2 });
    expect(picture?.file).toBe('whole.png');
    expect(skipped.map(({ file }) => file)).toEqual(['missing.png', 'empty.png', 'broken.png']);
    expect(skipped.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/ENOENT/),
      expect.stringMatching(/0 bytes/),
      expect.stringMatching(/no known picture/),
    ]);
    expect(await source.answer({ ...request, index: 2 })).toEqual({ picture, skipped });
  });

  test('has no picture when all are broken', async () => {
    const { picture, skipped } = await sourceOf(['broken.png', 'empty.png']).answer(request);
    expect(picture).toBeUndefined();
    expect(skipped).toHaveLength(2);
  });

  test('puts nothing in the place of a test picture', async () => {
    const answer = await sourceOf(trainA).answer({ ...request, folder: 'testA', training: false });
    expect(answer.picture).toBeUndefined();
    expect(answer.skipped.map(({ file }) => file)).toEqual(['broken.png']);
  });

  test('reads a training picture once when there is room to keep it, else each time', async () => {
    const keeping = sourceOf(['whole.png']);
    const forgetful = sourceOf(['whole.png'], 8 * 8 * 3 - 1);
    const first = await keeping.answer(request);
    await forgetful.answer(request);
    await rm(join(root, 'whole.png'));
    expect(await keeping.answer(request)).toEqual(first);
    expect((await forgetful.answer(request)).picture).toBeUndefined();
  });

  test('a crop that does not fit one size may fit another', async () => {
    const source = sourceOf(['whole.png']);
    const tooLarge = { ...request.augmentation, preprocess: 'crop', cropSize: 16 } as const;
    const refused = await source.answer({ ...request, augmentation: tooLarge });
    expect(refused.skipped).toEqual([
      { file: 'whole.png', reason: expect.stringMatching(/crop of 16x16 does not fit/) },
    ]);
    expect((await source.answer(request)).picture).toBeDefined();
  });
});
