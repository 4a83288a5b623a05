import { expect, it } from 'vitest';
import { familyOf, plainCode, withoutSkinTone } from './code-points.ts';

it.each([
  ['0023-fe0f-20e3', '23-20e3'],
  ['23-FE0F-20E3', '23-20e3'],
  ['1f44d-1f3ff', '1f44d-1f3ff'],
])('%s is compared as %s', (name, code) => {
  expect(plainCode(name)).toBe(code);
});

it.each([
  ['1f44d-1f3ff', '1f44d'],
  ['1f9d1-1f3fb-200d-1f91d-200d-1f9d1-1f3fc', '1f9d1-200d-1f91d-200d-1f9d1'],
  ['1f3e0', '1f3e0'],
])('%s without skin tone is %s', (code, base) => {
  expect(withoutSkinTone(code)).toBe(base);
});

it.each([
  ['thumbs of all tones', ['1f44d', '1f44d-1f3fb', '1f44d-1f3ff']],
  ['firefighters', ['1f9d1-200d-1f692', '1f468-200d-1f692', '1f469-1f3fd-200d-1f692']],
  ['runners', ['1f3c3', '1f3c3-200d-2640', '1f3c3-1f3fe-200d-2642']],
  ['adults', ['1f9d1', '1f468', '1f469-1f3fb']],
])('holds %s together', (_name, codes) => {
  expect(new Set(codes.map(familyOf)).size).toBe(1);
});

it('keeps different things apart', () => {
  const codes = ['1f44d', '1f44e', '1f9d1-200d-1f692', '1f9d1-200d-1f680', '1f9d1', '1f467'];
  expect(new Set(codes.map(familyOf)).size).toBe(codes.length);
});
