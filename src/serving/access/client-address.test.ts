import { describe, expect, it } from 'vitest';
import { clientOf, isProxyList } from './client-address.ts';

describe('one client', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2:ffff:0:0:9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is %s', (address, client) => {
    expect(clientOf(address)).toBe(client);
  });
});

describe('a list of proxies', () => {
  it.each(['10.0.0.1', '10.0.0.0/8, ::1', 'loopback,uniquelocal', 'fd00::/8'])('%s is one', (text) => {
    expect(isProxyList(text)).toBe(true);
  });

  it.each(['true', '1', '*', '10.0.0.0/33', '10.0.0.0/x', '10.0.0', 'loopback/8', 'a,', ''])(
    '"%s" is none',
    (text) => {
      expect(isProxyList(text)).toBe(false);
    },
  );
});
