import assert from 'node:assert/strict';
import test from 'node:test';
import { openTestBroker } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';
import { failWith } from '../../../support/fail-with.ts';

const reasons = ({ asked }: TestBroker): string[] => asked.lost.map(({ reason }) => reason);

test('a session whose lost connection could not be recorded has its time to come back all the same', async () => {
  await using hive = await openTestBroker(['bob']);
  const session = await hive.connect('bob');
  hive.next(session).catch(() => undefined);
  const failing = failWith(hive.hive, "SET state = 'disconnected'");
  hive.broker.disconnected(session);
  await hive.hive.clock.advance(0);
  failing.restore();
  await hive.hive.clock.advance(59_999);
  assert.deepEqual(reasons(hive), []);
  await hive.hive.clock.advance(1);
  assert.deepEqual(reasons(hive), ['its harness was gone for 60 s']);
});

test('one that came back before its lost connection could be recorded is only watched as one that came back', async () => {
  await using hive = await openTestBroker(['bob']);
  const nonce = 'n'.repeat(64);
  await hive.broker.openSession('bob', nonce);
  const { session } = await hive.broker.hello('bob', nonce, 'build');
  const failing = failWith(hive.hive, "SET state = 'disconnected'");
  hive.broker.disconnected(session);
  await hive.broker.hello('bob', nonce, 'build');
  failing.restore();
  await hive.hive.clock.advance(60_000);
  assert.deepEqual(reasons(hive), ['its harness did not ask for a turn within 60 s']);
});

test('a session that could not be given up is given up when the storage takes it', async () => {
  await using hive = await openTestBroker(['bob']);
  hive.broker.disconnected(await hive.connect('bob'));
  const failing = failWith(hive.hive, "SET state = 'lost'");
  await hive.hive.clock.advance(120_000);
  assert.deepEqual(reasons(hive), []);
  failing.restore();
  await hive.hive.clock.advance(10_000);
  assert.deepEqual(reasons(hive), ['its harness was gone for 60 s']);
});

test('one that comes back at the moment at which it cannot be given up is only watched as one that came back', async () => {
  await using hive = await openTestBroker(['bob']);
  const nonce = 'n'.repeat(64);
  await hive.broker.openSession('bob', nonce);
  const { session } = await hive.broker.hello('bob', nonce, 'build');
  hive.broker.disconnected(session);
  await hive.hive.clock.advance(59_999);
  const failing = failWith(hive.hive, "SET state = 'lost'");
  const { writer } = hive.hive;
  const { read } = writer;
  let back: Promise<unknown> | undefined;
  // The first thing that giving up does is to look at the session.
  writer.read = (query) => {
    back ??= hive.broker.hello('bob', nonce, 'build');
    return read.call(writer, query) as ReturnType<typeof query>;
  };
  await hive.hive.clock.advance(1);
  await back;
  failing.restore();
  await hive.hive.clock.advance(59_999);
  assert.deepEqual(reasons(hive), []);
  await hive.hive.clock.advance(1);
  assert.deepEqual(reasons(hive), ['its harness did not ask for a turn within 60 s']);
});

test('nothing is watched any more once the broker ended', async () => {
  const hive = await openTestBroker(['bob']);
  const session = await hive.connect('bob');
  const failing = failWith(hive.hive, "SET state = 'disconnected'");
  hive.broker.disconnected(session);
  await hive.broker[Symbol.asyncDispose]();
  await hive.hive.clock.advance(0);
  failing.restore();
  assert.equal(hive.hive.clock.timers(), 0);
  await hive.hive[Symbol.asyncDispose]();
});
