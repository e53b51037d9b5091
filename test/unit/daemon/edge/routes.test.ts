import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRoute } from '#src/daemon/edge/forge/routes.ts';
import { parseTarget } from '#src/daemon/edge/forge/target.ts';

function kind(method: string, path: string): string {
  const target = parseTarget(path);
  if ('problem' in target) return target.problem;
  const route = findRoute(method, target);
  return route.kind === 'git' ? `${route.step} ${route.service}` : route.kind;
}

test('the three git routes, with or without .git, and nothing near them', () => {
  assert.equal(kind('GET', '/alice/app.git/info/refs?service=git-upload-pack'), 'advertise fetch');
  assert.equal(kind('GET', '/alice/app/info/refs?service=git-receive-pack'), 'advertise push');
  assert.equal(kind('POST', '/alice/app.git/git-upload-pack'), 'run fetch');
  assert.equal(kind('POST', '/alice/app.git/git-receive-pack'), 'run push');
  for (const path of [
    '/alice/app.git/info/refs',
    '/alice/app.git/info/refs?service=git-upload-archive',
    '/alice/app.git/info/refs?service=git-upload-pack&x=1',
    '/alice/app.git/HEAD',
    '/alice/app.git/info/lfs/objects/batch',
  ])
    assert.equal(kind('GET', path), 'refused', path);
  assert.equal(kind('GET', '/alice/app.git/git-receive-pack'), 'refused');
  assert.equal(kind('POST', '/alice/app.git/git-receive-pack?x=1'), 'refused');
});

test('files pass for reading only', () => {
  for (const path of [
    '/a/b/raw/branch/main/x',
    '/a/b/media/branch/main/x',
    '/a/b/archive/main.zip',
    '/attachments/01234567-89ab-cdef-0123-456789abcdef',
  ]) {
    assert.equal(kind('GET', path), 'file', path);
    assert.equal(kind('HEAD', path), 'file', path);
    assert.equal(kind('POST', path), 'refused', path);
  }
  for (const path of ['/attachments/x', '/a/b/raw', '/api/b/raw/x', '/a/b/src/branch/main/x'])
    assert.equal(kind('GET', path), 'refused', path);
});

test('the API list is closed: method and path must both be on it', () => {
  assert.equal(kind('GET', '/api/v1/repos/a/b'), 'api');
  assert.equal(kind('HEAD', '/api/v1/repos/a/b'), 'api');
  assert.equal(kind('PUT', '/api/v1/repos/a/b/contents/deep/er/file'), 'api');
  assert.equal(kind('POST', '/api/v1/repos/a/b/pulls/1/merge'), 'api');
  for (const method of ['PATCH', 'DELETE', 'PUT', 'POST', 'OPTIONS', 'TRACE', 'get', 'PROPFIND'])
    assert.equal(kind(method, '/api/v1/repos/a/b'), 'refused', method);
  assert.equal(kind('GET', '/api/v1/repos/a/b/Hooks'), 'refused');
  assert.equal(kind('GET', '/API/v1/repos/a/b'), 'refused');
  assert.equal(kind('PUT', '/api/v1/repos/a/b/contents'), 'refused');
});
