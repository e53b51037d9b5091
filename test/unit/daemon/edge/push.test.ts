import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pushProblem, readPushCommands } from '#src/daemon/edge/forge/push-commands.ts';
import { createPushGate } from '#src/daemon/edge/forge/push-gate.ts';
import { createTestClock, settle } from '../../../support/clock.ts';

const ID = '0'.repeat(40);
const NEW = '1'.repeat(40);
const never = new AbortController().signal;

function line(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}

test('the refs of a push are read before its pack', () => {
  const body = `${line(`shallow ${ID}`)}${line(`${ID} ${NEW} refs/heads/main\0 report-status side-band-64k\n`)}${line(`${ID} ${NEW} refs/tags/v1`)}0000PACK…`;
  const commands = readPushCommands(Buffer.from(body));
  assert.ok(!('problem' in commands));
  assert.deepEqual(commands.refs, ['refs/heads/main', 'refs/tags/v1']);
  assert.equal(pushProblem(commands), undefined);
  assert.deepEqual(readPushCommands(Buffer.from('0000')), { refs: [], capabilities: [] });
});

test('what hides the refs or is no update of one is refused', () => {
  const cut = line(`${ID} ${NEW} refs/heads/main`);
  for (const body of [
    '',
    'PACK',
    cut,
    cut.slice(0, 20),
    '0003',
    'zzzz',
    `${line('push-cert\0 x')}0000`,
    `${line(`${ID} ${NEW} `)}0000`,
  ])
    assert.ok('problem' in readPushCommands(Buffer.from(body)), body);
  for (const ref of ['refs/for/main', 'refs/for-review/1', 'refs/pull/1/head', 'HEAD', 'refs/headsx/main'])
    assert.match(pushProblem({ refs: ['refs/heads/ok', ref], capabilities: [] }) ?? '', /only branches and tags/);
  assert.match(pushProblem({ refs: [], capabilities: ['push-options'] }) ?? '', /push options/);
});

test('pushes of one agent follow each other, those of others do not wait', async () => {
  const gate = createPushGate(createTestClock());
  const order: string[] = [];
  const leave = await gate.enter('alice', never);
  const second = gate.enter('alice', never).then((done) => (order.push('alice 2'), done));
  const third = gate.enter('alice', never).then((done) => (order.push('alice 3'), done));
  (await gate.enter('bob', never))();
  await settle();
  assert.deepEqual(order, []);
  leave();
  (await second)();
  (await third)();
  assert.deepEqual(order, ['alice 2', 'alice 3']);
});

test('a push that waited a minute is told to come again, and one whose client left gives up its place', async () => {
  const clock = createTestClock();
  const gate = createPushGate(clock);
  const leave = await gate.enter('alice', never);
  const gone = new AbortController();
  const left = assert.rejects(gate.enter('alice', gone.signal), /went away/);
  const late = assert.rejects(gate.enter('alice', never), { code: 'limited' });
  gone.abort();
  await left;
  await clock.advance(60_000);
  await late;
  leave();
  (await gate.enter('alice', never))();
  assert.equal(clock.timers(), 0);
});

test('draining waits for what runs, refuses what comes, and ends at its deadline', async () => {
  const clock = createTestClock();
  const gate = createPushGate(clock);
  const leave = await gate.enter('alice', never);
  let drained = false;
  const draining = gate.drain(5000).then(() => (drained = true));
  await assert.rejects(gate.enter('bob', never), { code: 'unavailable' });
  await settle();
  assert.equal(drained, false);
  leave();
  await draining;
  const stuck = await gate.enter('bob', never);
  const deadline = gate.drain(5000);
  await clock.advance(5000);
  await deadline;
  stuck();
  assert.equal(clock.timers(), 0);
});
