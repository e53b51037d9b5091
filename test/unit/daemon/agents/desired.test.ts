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

test('an egress host that the edge never dials is refused, with the address and why', () => {
  const refused = (host: string): string => problemOf(`egress: ['${host}']`) ?? '';
  const special = ['10.0.0.1', '172.16.3.4', '192.168.1.1', '127.0.0.1', '169.254.169.254', '*.10.0.0.1'];
  for (const host of special) {
    const said = `egress.0 "${host}" is refused: ${host.replace('*.', '')} is not on the public internet, and the hive dials nothing else for an agent`;
    assert.ok(refused(host).endsWith(`agent.yaml: ${said}`), refused(host));
  }
  assert.match(refused('127.1'), /"127\.1" is refused: 127\.0\.0\.1 is not on the public internet/);
  for (const host of ['::1', 'fc00::1', 'fe80::1', '[::1]'])
    assert.ok(
      refused(host).endsWith(
        `egress.0 "${host}" is refused: an egress host is a host name like example.org or *.example.org`,
      ),
    );
  for (const host of ['example.org', '*.example.org', '10.example.org', '93.184.216.34'])
    assert.equal(refused(host), '');
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
