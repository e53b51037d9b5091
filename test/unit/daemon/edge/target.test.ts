import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseTarget } from '#src/daemon/edge/forge/target.ts';

test('what passes means the same to every reader of addresses', () => {
  const piece = fc.constantFrom(
    '/',
    '//',
    '.',
    '..',
    'a',
    'api',
    'v1',
    '%2e',
    '%2F',
    '%5c',
    '%25',
    '%61',
    '%20',
    '%C3%A9',
    '%ff',
    '\\',
    '?',
    '#',
    ';',
    ' ',
    '\u0000',
    'é',
    '%',
    '&',
    'sudo=x',
    'token',
    '=',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const sent = `/${pieces.join('')}`;
      const target = parseTarget(sent);
      if ('problem' in target) return;
      const url = new URL(sent, 'http://forge');
      assert.equal(url.pathname + (url.search || target.search), sent);
      assert.ok(
        target.segments.every((segment) => !/^\.{0,2}$|[/\\%]/.test(segment)),
        JSON.stringify(target.segments),
      );
      assert.equal(target.path === '/' ? '/' : `/${target.segments.map(encodeURI).join('/')}`, target.path);
      assert.ok([...url.searchParams.keys()].every((key) => !/^(?:sudo|token|access_token)$/i.test(key)));
    }),
    { numRuns: 3000 },
  );
});

test('ordinary addresses pass', () => {
  for (const path of [
    '/',
    '/api/v1/version',
    '/a/b.git/info/refs?service=git-upload-pack',
    '/a/b/raw/branch/main/%C3%A9%20x',
    "/a/b/contents/it's(1)+2",
    '/a/b?q=x%20y&labels=a,b',
  ])
    assert.ok(!('problem' in parseTarget(path)), path);
});
