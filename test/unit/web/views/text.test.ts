import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderMarkdown, textView, words } from '#src/web/views/markdown.ts';
import { oneLine, plain } from '#src/web/views/text.ts';

test('markdown becomes HTML', () => {
  const html = renderMarkdown('**bold** `code`\n\n- one\n- two');
  assert.equal(html, '<p><strong>bold</strong> <code>code</code></p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n');
});

const HOSTILE: [what: string, source: string][] = [
  ['a script', '<script>fetch("/messages")</script>'],
  ['an svg with a handler', '<svg onload="alert(1)">'],
  ['an htmx request', '<b hx-get="/palette" hx-trigger="load">x</b>'],
  ['an htmx handler', '<p hx-on:click="alert(1)">x</p>'],
  ['a form to the dashboard', '<form method="post" action="/messages"><button>press</button></form>'],
  ['a style', '<p style="position:fixed">x</p>'],
  ['a script link', '[x](javascript:alert(1))'],
  ['a script link in an attribute', '<a href="javascript:alert(1)">x</a>'],
  ['a data link', '[x](data:text/html,<script>1</script>)'],
  ['an id that another part of the page uses', '<p id="needs" class="primary">x</p>'],
];
for (const [what, source] of HOSTILE) {
  test(`${what} written by mallory is only text`, () => {
    const html = renderMarkdown(source);
    const tags = [...html.matchAll(/<([a-z][^>]*)>/gi)].map(([, tag]) => tag);
    assert.deepEqual(
      tags.filter((tag) => tag !== 'p' && tag !== 'br'),
      [],
      html,
    );
  });
}

test('an image that would tell when it is read becomes a link', () => {
  assert.match(
    renderMarkdown('![x](http://evil.invalid/x.png)'),
    /^<p>!<a href="http:\/\/evil\.invalid\/x\.png" [^>]*>x<\/a><\/p>/,
  );
});

test('a link opens in a new tab and tells the other side nothing', () => {
  const html = renderMarkdown('see https://example.org/x');
  assert.match(html, /<a href="https:\/\/example\.org\/x" rel="noopener noreferrer nofollow ugc" target="_blank">/);
});

test('words that would run backwards or steer a terminal lose their magic', () => {
  assert.equal(plain('a\u202eb\u2066c\u001b[31mred\u001b[0m\u0000'), 'abcred');
  assert.equal(plain('one\r\ntwo\tthree'), 'one\ntwo\tthree');
});

test('long text folds, very long text is shown in part, all of it on its own page', () => {
  const short = textView('hello');
  assert.deepEqual([short.folded, short.rest], [false, null]);
  assert.equal(textView('line\n'.repeat(30)).folded, true);
  const long = textView('word '.repeat(20_000));
  assert.equal(long.rest, '94 kB more');
  assert.ok(long.html.length < 10_000);
  const whole = textView('word '.repeat(20_000), { whole: true });
  assert.deepEqual([whole.folded, whole.rest], [false, null]);
});

test('a title has the words of its text and none of the marks', () => {
  assert.equal(words('Wait for **Alice** or use `main`?\n\n- one\n- two', 80), 'Wait for Alice or use main? one two');
  assert.equal(oneLine('a  b\nc', 10), 'a b c');
  assert.equal(oneLine('abcdefgh', 5), 'abcd…');
});
