import assert from 'node:assert/strict';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import type { FlowMessage } from '#src/protocol/shapes.ts';
import { hive as cli } from '../support/cli.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

const DEPTH = 6;

/** Says something to `other` in every turn, whatever it got. */
function talkingTo(other: string): string[] {
  return ['sh', '-c', `hive send ${other} "turn $HIVE_TURN says: and what do you say?"`];
}

/** What was said between alice and bob, oldest first. */
async function exchange(hive: Hive): Promise<FlowMessage[]> {
  const { messages } = await hive.call(methods.messages, { agent: 'alice', max: 200 });
  return messages.filter(({ from, to }) => [from, to].toSorted().join() === 'alice,bob').toReversed();
}

function parkedPairs(hive: Hive): Promise<{ id: number; held: number }[]> {
  return hive.call(methods.parkedList, {}).then(({ pairs }) => pairs);
}

/** Waits until nobody works or has mail any more, so that what is held is all there will be. */
function quiet(hive: Hive): Promise<unknown> {
  return waitUntil('everybody is idle', async () =>
    (await hive.agents()).every(({ state, queued, leased }) => state === 'idle' && queued + leased === 0),
  );
}

test('two agents that answer each other for ever are parked, a third notices nothing, the operator releases them', async (t) => {
  await using hive = await startHive({
    guards: { loop: { depth: DEPTH }, broadcasts: { burst: 2, per_minute: 0.1 } },
  });
  await hive.addAgent('alice', { command: talkingTo('bob') });
  await hive.addAgent('bob', { command: talkingTo('alice') });
  await hive.addAgent('zoe', { command: talkingTo('alice') });
  const command = (...args: string[]): ReturnType<typeof cli> => cli(args, { env: { HIVE_HOME: hive.home } });

  await t.test('they are stopped within the configured depth while the third one is heard', async () => {
    await hive.call(methods.send, { to: 'alice', body: 'say something to bob' });
    await hive.call(methods.send, { to: 'zoe', body: 'say something to alice' });
    await waitUntil('the pair is parked', async () => (await parkedPairs(hive)).length > 0);
    const { id } = await hive.call(methods.send, { to: 'zoe', body: 'say something more' });
    await waitUntil('alice has handled what zoe said after that', async () => {
      const { messages } = await hive.call(methods.messages, { agent: 'zoe' });
      const last = messages.find(({ from, id: said }) => from === 'zoe' && said > id);
      return last?.deliveries[0]?.state === 'acked';
    });
    await quiet(hive);

    const said = await exchange(hive);
    const states = said.map(({ deliveries }) => deliveries[0]?.state ?? '');
    const firstHeld = states.indexOf('parked');
    assert.deepEqual(new Set(states.slice(0, firstHeld)), new Set(['acked']));
    assert.deepEqual(new Set(states.slice(firstHeld)), new Set(['parked']));
    const rows = hive.rows<{ depth: number; state: string }>(
      `SELECT m.depth, d.state FROM messages m JOIN deliveries d ON d.message_id = m.id WHERE m.sender IN ('alice', 'bob')`,
    );
    assert.ok(rows.every(({ depth, state }) => (state === 'acked' ? depth <= DEPTH : depth <= DEPTH + 1)));
  });

  await t.test('the operator sees the chain: inbox, command line, dashboard data', async () => {
    const { messages } = await hive.call(methods.inbox, { peek: true });
    const notices = messages.filter((message) => message.body.includes('hive parked release'));
    assert.equal(notices.length, 1);
    assert.match(notices[0]?.body ?? '', /(alice → bob|bob → alice): turn \d+ says/);
    const list = await command('parked', 'list');
    assert.match(list.out, /alice ↔ bob .* held\n.*6 are allowed\n(.*says: and what do you say\?\n)+/);
    assert.match(list.out, /→ \S+ parked release 1/);
    assert.match((await command('status')).out, /1 pair of agents parked: .*hive parked list/);
    const { parked } = await hive.call(methods.overview, {});
    assert.deepEqual([parked.length, parked[0]?.parties, parked[0]?.chain.length], [1, ['alice', 'bob'], DEPTH + 2]);
  });

  await t.test('released, the held messages arrive in order and the two go on until the next time', async () => {
    const held = (await exchange(hive)).filter(({ deliveries }) => deliveries[0]?.state === 'parked');
    const released = await command('parked', 'release', '1');
    assert.match(released.out, new RegExp(`pair 1 goes on: ${held.length} held messages are queued`));
    await waitUntil('the pair is parked again', async () => (await parkedPairs(hive))[0]?.id === 2);
    await quiet(hive);
    const now = await exchange(hive);
    const before = now.filter(({ id }) => held.some((message) => message.id === id));
    assert.deepEqual(new Set(before.map(({ deliveries }) => deliveries[0]?.state)), new Set(['acked']));
    assert.ok(now.length >= held.length + DEPTH);
    const taken = hive.rows<{ recipient: string; message_id: number }>(
      `SELECT d.recipient, d.message_id FROM leases l JOIN deliveries d ON d.id = l.delivery_id
       JOIN messages m ON m.id = d.message_id WHERE m.sender IN ('alice', 'bob') ORDER BY l.id`,
    );
    for (const name of ['alice', 'bob']) {
      const ids = taken.filter(({ recipient }) => recipient === name).map((row) => row.message_id);
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => a - b),
      );
    }
  });

  await t.test('who says too much to everybody is refused with the numbers, and when it works again', async () => {
    const toAll = (): ReturnType<typeof cli> =>
      command('agents', 'exec', 'zoe', '--', 'hive', 'send', '*', 'hello all');
    for (const _ of [1, 2]) assert.equal((await toAll()).code, 0);
    const refused = await toAll();
    assert.equal(refused.code, 4);
    assert.match(
      refused.err,
      /zoe may send 2 broadcasts at once and then 0\.1 a minute.*: try again in \d+ s, and write to/,
    );
  });
});
