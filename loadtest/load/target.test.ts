import { expect, it } from 'vitest';
import { permittedTarget } from './target.ts';

it.each([
  'http://127.0.0.1:8080',
  'http://127.8.0.9/',
  'http://localhost:80',
  'https://[::1]:443',
  'http://0x7f.1/',
])('%s is this machine', (url) => {
  expect(permittedTarget(url, undefined).href).toBe(new URL(url).href);
});

it.each([
  ['http://example.org/', undefined],
  ['http://127.0.0.1.example.org/', undefined],
  ['http://user:127.0.0.1@example.org/', undefined],
  ['http://10.0.0.3/', '10.0.0.4'],
  ['http://[::2]/', undefined],
])('%s is refused with permission for %s', (url, permitted) => {
  expect(() => permittedTarget(url, permitted)).toThrow('if you may load it, add --permitted-host');
});

it('another host is taken when it is named again, and only an address over HTTP', () => {
  expect(permittedTarget('https://shop.example/x', 'shop.example').hostname).toBe('shop.example');
  for (const wrong of ['127.0.0.1', 'ftp://127.0.0.1', ''])
    expect(() => permittedTarget(wrong, undefined)).toThrow('--url takes an address');
});
