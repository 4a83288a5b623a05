import { expect, it } from 'vitest';
import { Markup, markup } from './markup.ts';

it('escapes what is put into it, wherever that stands', () => {
  const value = `<b a="1" c='2'>&`;
  expect(`${markup`<p title="${value}">${value}</p>`}`).toBe(
    '<p title="&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;">&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;</p>',
  );
});

it('takes markup and lists of it as they are, and nothing for undefined', () => {
  const items = ['<', '>'].map((text) => markup`<li>${text}</li>`);
  expect(`${markup`<ul>${items}${undefined}${new Markup('<hr>')}${0}</ul>`}`).toBe(
    '<ul><li>&lt;</li><li>&gt;</li><hr>0</ul>',
  );
});

it('replaces control characters but keeps line ends', () => {
  expect(`${markup`${'a\u0000b\u001Bc\n'}`}`).toBe('a\u{FFFD}b\u{FFFD}c\n');
});
