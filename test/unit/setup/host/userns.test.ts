import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainRefusal } from '#src/setup/host/userns.ts';

const CASES = [
  { name: 'kernel.unprivileged_userns_clone', forbids: '0', allows: '1' },
  { name: 'kernel.apparmor_restrict_unprivileged_userns', forbids: '1', allows: '0' },
  { name: 'user.max_user_namespaces', forbids: '0', allows: '15000' },
];

for (const { name, forbids, allows } of CASES) {
  test(`names ${name} and the command that sets it, now and after a restart`, () => {
    const { message, remedy } = explainRefusal({ [name]: forbids }, 'Operation not permitted');
    assert.match(message, new RegExp(`${name} is ${forbids}`));
    assert.match(message, /Operation not permitted/);
    assert.equal(remedy.fix[0], `sudo sysctl -w ${name}=${allows}`);
    assert.match(remedy.fix[1] ?? '', /tee -a \/etc\/sysctl\.d\//);
  });
}

test('names every switch that forbids', () => {
  const { remedy } = explainRefusal(Object.fromEntries(CASES.map(({ name, forbids }) => [name, forbids])), 'no');
  assert.equal(remedy.fix.filter((line) => line.startsWith('sudo sysctl')).length, 3);
});

test('points to the container around it when no switch forbids', () => {
  const { message, remedy } = explainRefusal({ 'user.max_user_namespaces': '96365' }, 'clone: EPERM');
  assert.match(message, /no kernel switch forbids them: clone: EPERM/);
  assert.match(remedy.fix[0] ?? '', /seccomp=unconfined/);
});
