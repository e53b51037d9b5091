import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { hint, nameCommand, nameHome } from '#src/cli/hints.ts';

const VERBS = ['up', 'down', 'dead'];

afterEach(() => nameCommand(undefined, VERBS));

test('a hint names the command as it was started, and the home that was chosen with it', () => {
  nameCommand('./hive', VERBS);
  assert.equal(hint('hive up, or `hive dead list`: HIVE_HOME=/x hive down'), './hive up, or `./hive dead list`: HIVE_HOME=/x ./hive down'); // prettier-ignore
  nameHome('/srv/my hive');
  assert.equal(hint('start it with hive up'), "start it with ./hive --home '/srv/my hive' up");
});

test('what is no command stays as it is', () => {
  nameCommand('/opt/it$& is/hive', VERBS);
  for (const text of [
    'the hive is down',
    'hive daemon: it ended',
    'a hive of up to 5',
    './hive up',
    'hive upwards',
    'the hive-down',
  ])
    assert.equal(hint(text), text);
  assert.equal(hint('hive up'), "'/opt/it$& is/hive' up");
});

test('inside a container, where no launcher says more, it is hive', () => {
  assert.equal(nameCommand(undefined, VERBS), 'hive');
  assert.equal(hint('hive up'), 'hive up');
});
