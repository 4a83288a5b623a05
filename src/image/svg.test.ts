import { describe, expect, it } from 'vitest';
import { decode } from './decode.ts';
import { sharp } from './libvips.ts';
import { renderSvg } from './svg.ts';

const svg = (content: string, side = 32) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" width="${side}" height="${side}">${content}</svg>`;
const leftHalf = svg('<path fill="#f00" d="M0 0h16v32H0z"/>');

describe('renderSvg', () => {
  it('draws over white at the size asked for', async () => {
    const { width, height, data } = await renderSvg(leftHalf, { width: 4, height: 4 });
    expect([width, height]).toEqual([4, 4]);
    const row = [255, 0, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255];
    expect([...data]).toEqual([...row, ...row, ...row, ...row]);
  });

  it('draws at the pixels of the target, not of the document', async () => {
    const disc = svg('<path fill="#000" d="M1 0h1v2H1z"/>', 2);
    const { data } = await renderSvg(disc, { width: 64, height: 64 });
    expect(new Set(data)).toEqual(new Set([0, 255]));
  });

  it('leaves SVG refused where pictures are decoded, before, meanwhile and after', async () => {
    const refused = () => expect(decode(Buffer.from(leftHalf))).rejects.toThrow('an SVG document');
    const running = Promise.all([1, 2, 3].map((side) => renderSvg(leftHalf, { width: side, height: side })));
    await refused();
    await running;
    await refused();
    await expect(sharp(Buffer.from(leftHalf)).metadata()).rejects.toThrow(/unsupported image format/);
  });

  it('says which document is none, and closes the loader again', async () => {
    await expect(renderSvg('<svg', { width: 4, height: 4 })).rejects.toThrow('cannot be rendered: <svg');
    await expect(sharp(Buffer.from(leftHalf)).metadata()).rejects.toThrow(/unsupported image format/);
  });
});
