import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { openPicture } from '../../src/image/index.ts';
import { prepareBodies } from './pictures.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-pictures-'));
afterAll(() => rm(folder, { recursive: true }));

it('sends the horse in every size, format and way that is drawn', async () => {
  const bodies = await prepareBodies({
    pictures: undefined,
    sizes: { '64x48': 1, '32x32': 1 },
    formats: { png: 1, webp: 1 },
    send: { body: 2, form: 1 },
  });
  const random = Random.of(1);
  const drawn = new Set(Array.from({ length: 200 }, () => bodies.draw(random)));
  expect(drawn.size).toBe(8);
  const types = [...drawn].map(({ contentType }) => contentType.replace(/;.*/, '')).sort();
  const forms = Array(4).fill('multipart/form-data');
  expect(types).toEqual(['image/png', 'image/png', 'image/webp', 'image/webp', ...forms]);
  expect(await openPicture(bodies.sample)).toMatchObject({ width: 64, height: 48 });
});

it('sends the pictures of a folder as they are', async () => {
  const files = { 'a.JPG': 'one', 'b.png': 'two', 'notes.txt': 'three' };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  const bodies = await prepareBodies({ pictures: folder });
  const random = Random.of(1);
  const drawn = new Map(
    Array.from({ length: 50 }, () => bodies.draw(random)).map(({ body, contentType }) => [
      Buffer.from(body).toString(),
      contentType,
    ]),
  );
  expect(Object.fromEntries(drawn)).toEqual({ one: 'image/jpeg', two: 'image/png' });
});

it.each([
  [{ sizes: { '64': 1 } }, '--sizes takes sizes as 256x256, got "64"'],
  [{ formats: { gif: 1 } }, '--formats takes png or jpeg or webp or avif, got "gif"'],
  [{ send: { post: 1 } }, '--send takes body or form, got "post"'],
])('refuses %j', async (mix, message) => {
  await expect(prepareBodies({ pictures: undefined, ...mix })).rejects.toThrow(message);
});

it('refuses a folder without pictures, or none at all', async () => {
  const none = path.join(folder, 'none');
  await expect(prepareBodies({ pictures: none })).rejects.toThrow('--pictures takes a folder, got');
  await expect(prepareBodies({ pictures: path.dirname(import.meta.filename) })).rejects.toThrow('has 0');
});
