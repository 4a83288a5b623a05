import { expect, test } from 'vitest';
import { sharp } from './libvips.ts';

test('nothing is cached, and a picture takes one thread', () => {
  expect(sharp.concurrency()).toBe(1);
  expect(sharp.cache()).toMatchObject({ memory: { max: 0 }, items: { max: 0 } });
});

test('libvips itself refuses what the signatures refuse', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  await expect(sharp(svg).metadata()).rejects.toThrow(/unsupported image format/);
  const tiff = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
    .tiff()
    .toBuffer();
  await expect(sharp(tiff).metadata()).rejects.toThrow(/unsupported image format/);
});
