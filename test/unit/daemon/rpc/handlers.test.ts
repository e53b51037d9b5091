import assert from 'node:assert/strict';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { handlers } from '#src/daemon/rpc/handlers/index.ts';

test('every method has exactly one handler', () => {
  const served = handlers.map(({ method }) => method.cmd).toSorted();
  const declared = Object.values(methods).map(({ cmd }) => cmd);
  assert.deepEqual(served, declared.toSorted());
  assert.equal(new Set(served).size, served.length);
});

test('no method that widens reach is offered to the web process', () => {
  const offered = Object.values(methods).filter(({ callers }) => (callers as readonly string[]).includes('web'));
  const names = offered.map(({ cmd }) => cmd);
  for (const cmd of [
    'agents_add',
    'agents_remove',
    'login_set',
    'shutdown',
    'exec',
    'destroy',
    'start',
    'stop',
    'logs',
  ]) {
    assert.ok(!names.includes(cmd), cmd);
  }
});
