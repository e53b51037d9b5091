import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HiveError } from '#src/lib/errors.ts';
import type { Method } from '#src/protocol/method.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Principal } from '#src/daemon/rpc/api.ts';
import { parseInput } from '#src/daemon/rpc/parse-input.ts';

const operator: Principal = { kind: 'operator' };
const alice: Principal = { kind: 'agent', name: 'alice', session: null };

function refusal(method: Method, fields: Record<string, unknown>, principal = operator): string {
  try {
    parseInput(method, fields, principal);
  } catch (error) {
    assert.ok(error instanceof HiveError);
    assert.equal(error.code, 'invalid');
    return error.message;
  }
  return assert.fail('accepted');
}

test('a refusal names field, value and rule in one sentence', () => {
  assert.match(
    refusal(methods.agentsAdd, { name: '../evil' }),
    /^agents_add: name: "\.\.\/evil" is not an agent name: a lower/,
  );
  assert.match(refusal(methods.send, { to: 'Bob', body: 'x' }), /^send: to: "Bob" is not an agent name/);
  assert.match(refusal(methods.send, { to: 'bob' }), /body is missing: it must be a text/);
  assert.match(refusal(methods.logs, { lines: 0 }), /lines 0 is refused: it must be a whole number from 1 to 500/);
  assert.match(refusal(methods.send, { to: 'bob', body: 'x', from: 'alice' }), /unknown field "from": remove it/);
});

test('a long value is shortened, a secret one never repeated', () => {
  assert.ok(refusal(methods.agentsAdd, { name: 'x'.repeat(5000) }).length < 600);
  assert.doesNotMatch(
    refusal(methods.loginSet, { provider: 'anthropic', kind: 'api_key', value: 'my secret key' }),
    /my secret/,
  );
});

test("the operator's reference verbs tolerate unknown fields, also in a scope; nobody else's do", () => {
  assert.deepEqual(parseInput(methods.setPaused, { name: 'bob', paused: true, reason: 'x' }, operator), {
    name: 'bob',
    paused: true,
  });
  const parsed = parseInput(methods.stop, { scope: { agent_names: ['bob'], vms: true }, graceful: false }, operator);
  assert.deepEqual((parsed as { scope: { agent_names: string[] } }).scope.agent_names, ['bob']);
  assert.match(refusal(methods.whoami, { verbose: true }, alice), /unknown field "verbose"/);
});

test('a tolerated field does not hide a wrong one', () => {
  assert.match(refusal(methods.kill, { name: '-rf', force: true }), /name: "-rf" is not an agent name/);
});
