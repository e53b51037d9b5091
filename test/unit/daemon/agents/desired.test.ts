import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desiredState } from '#src/daemon/agents/desired.ts';

function problemOf(yaml: string): string | null {
  return desiredState('c1', [{ name: 'alice', yaml, prompt: '' }]).agents[0]?.problem ?? null;
}

test('an empty agent.yaml is an agent with every default', () => {
  const [alice] = desiredState('c1', [{ name: 'alice', yaml: '', prompt: 'Hi.' }]).agents;
  assert.equal(alice?.config?.runtime, 'claude');
  assert.equal(alice?.config?.limits.memory_mb, 4096);
  assert.equal(alice?.prompt, 'Hi.');
});

test('what is wrong is named with file, field and rule', () => {
  assert.match(
    problemOf('runtime: emacs') ?? '',
    /hive\/agents\/alice: agent\.yaml: runtime "emacs" is refused: it must be one of claude, command$/,
  );
  assert.match(problemOf('runtime: [') ?? '', /agent\.yaml is not YAML/);
  assert.match(problemOf('- a\n- b') ?? '', /agent\.yaml: /);
});

test('host paths and mounts are not expressible', () => {
  assert.match(problemOf('mounts: [/etc]') ?? '', /mounts/);
  assert.match(problemOf('limits: { memory_mb: 1 }') ?? '', /limits\.memory_mb/);
});

test('aliases cannot blow up a small file', () => {
  const bomb = ['a: &a [x, x]', 'b: &b [*a, *a]', 'c: [*b, *b]'].join('\n');
  assert.match(problemOf(bomb) ?? '', /not YAML/);
});

test('a folder that cannot be an agent is left out and listed', () => {
  const desired = desiredState('c1', [
    { name: 'hive', yaml: '', prompt: '' },
    { name: '-x', yaml: '', prompt: '' },
    { name: 'bob', yaml: 'runtime: command', prompt: '' },
  ]);
  assert.deepEqual(
    desired.agents.map(({ name }) => name),
    ['bob'],
  );
  assert.equal(desired.strangers.length, 2);
});
