import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { received } from '../../support/harness.ts';
import { openToolDesk } from '../../support/mcp.ts';

const LIMIT = 16 * 1024;
const KEY = 'turn-5:toolu_1';

const bytes = (text: string): number => Buffer.byteLength(text);

describe('recv', () => {
  const answer = (messages: object[], remaining = 0, note: string | null = null): object => ({ messages, remaining, note, earlier: [] }); // prettier-ignore

  test('takes into the turn, shows what fits, keeps the rest for the next call, always with the number that remains', async () => {
    const two = [received(1, { body: 'a'.repeat(9000) }), received(2, { body: 'b'.repeat(9000) })];
    await using desk = await openToolDesk({ recv: answer(two, 1) });
    const first = await desk.use('recv', { max: 2 });
    assert.deepEqual(desk.said, [['recv', { max: 2, key: KEY, turn: 5 }]]);
    assert.match(first.text, /^hive-deliveries: 1\n[^]*\(\+2 more queued; call recv\(max: 2\) before acting\)$/);
    desk.answers['recv'] = answer([], 4);
    const second = await desk.use('recv', { max: 1 }, 'toolu_2');
    assert.deepEqual(desk.said[1]?.[1]['max'], 0, 'nothing more is taken, only counted');
    assert.match(second.text, /^hive-deliveries: 2\n[^]*\(\+4 more queued; call recv\(max: 4\) before acting\)$/);
    assert.deepEqual([...desk.turn.shown], [1, 2]);
    desk.answers['recv'] = answer([received(3)], 0);
    assert.match((await desk.use('recv', {})).text, /^hive-deliveries: 3\n[^]*\n\(nothing more queued\)$/);
    desk.answers['recv'] = answer([], 0);
    assert.equal((await desk.use('recv', {})).text, '(empty)');
  });

  test('waits only when nothing is kept, and fills up what was kept to what was asked for', async () => {
    const long = received(1, { body: 'long '.repeat(4000) });
    await using desk = await openToolDesk({ recv: answer([long]) });
    const page = await desk.use('recv', { wait_seconds: 30 });
    assert.deepEqual(desk.said[0]?.[1], { max: 1, wait_seconds: 30, key: KEY, turn: 5 });
    assert.match(
      page.text,
      /^hive-deliveries:\n[^]*\(this message goes on: call recv\(\) for page 2 of 2 before you act on it\)/,
    );
    assert.deepEqual([...desk.turn.shown], [], 'not shown whole yet');
    desk.answers['recv'] = answer([received(2)], 0);
    const rest = await desk.use('recv', { max: 3, wait_seconds: 30 }, 'toolu_2');
    assert.deepEqual(desk.said[1]?.[1], { max: 2, key: 'turn-5:toolu_2', turn: 5 });
    assert.match(rest.text, /^hive-deliveries: 1\n[^]*\(\+1 more queued; call recv\(max: 1\) before acting\)$/);
    desk.answers['recv'] = answer([], 0);
    assert.match((await desk.use('recv', { max: 3 }, 'toolu_3')).text, /^hive-deliveries: 2\n/);
  });

  test('shows once what a repeated call gets again while some of it is still kept', async () => {
    const two = [received(1, { body: 'a'.repeat(9000) }), received(2, { body: 'b'.repeat(9000) })];
    await using desk = await openToolDesk({ recv: answer(two) });
    await desk.use('recv', { max: 2 });
    await desk.use('recv', { max: 2 });
    assert.deepEqual(desk.turn.unread.map(({ message }) => message.delivery), [1]); // prettier-ignore
  });

  test('says why mail that waits is not for this turn, and does not send for it', async () => {
    await using desk = await openToolDesk({ recv: answer([], 2, 'messages come one by one') });
    const { text } = await desk.use('recv', { max: 5 });
    assert.equal(text, '(empty)\n(+2 more queued for a later turn: messages come one by one)');
    desk.answers['recv'] = answer([received(1)], 2, 'the next one comes alone');
    assert.match(
      (await desk.use('recv', {}, 'toolu_2')).text,
      /--- end \S+ ---\n\(\+2 more queued for a later turn: the next one comes alone\)$/,
    );
  });

  test('marks what was delivered before, and lists what an earlier attempt did, the latest as far as there is room', async () => {
    const again = received(1, { redelivered: 1 });
    await using desk = await openToolDesk({ recv: answer([again]) });
    assert.match(
      (await desk.use('recv')).text,
      / · delivered before\n[^]*look at what is there before you do it again/,
    );
    const earlier = Array.from({ length: 50 }, (_, at) => ({
      kind: 'send',
      summary: `act ${at}. ${'火'.repeat(120)}`,
      at,
    }));
    desk.answers['recv'] = { ...answer([again]), earlier };
    const { text } = await desk.use('recv');
    assert.match(text, /do not do it again:\n- send: act \d+\. [^]*\n- send: act 49\. .*\n\(nothing more queued\)$/);
    assert.ok(bytes(text) < LIMIT && bytes(text) > LIMIT - 1500, String(bytes(text)));
    desk.answers['recv'] = { ...answer([{ ...again, body: 'x'.repeat(15_000) }]), earlier };
    const full = (await desk.use('recv')).text;
    assert.ok(bytes(full) < LIMIT);
    assert.match(full, /delivered before/);
  });

  test('of 32 messages with long ids, of every page of a 64 KiB body and of both with all notes stays below 16 KiB', async () => {
    const big = Number.MAX_SAFE_INTEGER - 200;
    const small = Array.from({ length: 32 }, (_, at) => received(big + at, { body: 'é'.repeat(170), redelivered: 1 }));
    const options = Array.from({ length: 12 }, () => '火'.repeat(200));
    const huge = received(5, { kind: 'ask', ask: 3, body: '火'.repeat(21_845), options, redelivered: 2, thread_url: `http://127.0.0.1:7001/${'t'.repeat(100)}` }); // prettier-ignore
    const note = 'the next message failed before, so it comes alone with your next turn';
    await using desk = await openToolDesk({ recv: answer([...small, huge], big, note) });
    desk.retries = 1000;
    const seen: number[] = [];
    for (let calls = 0; calls < 20; calls++) {
      const { text } = await desk.use('recv', { max: 32 }, `toolu_${calls}`);
      assert.ok(bytes(text) < LIMIT, `${calls}: ${bytes(text)}`);
      assert.doesNotMatch(text, /\(cut\)$/);
      seen.push(...[...desk.turn.shown].filter((id) => !seen.includes(id)));
      desk.answers['recv'] = answer([], big, note);
      if (desk.turn.unread.length === 0) break;
    }
    assert.equal(seen.length, 33);
  });

  test('outside a turn only shows', async () => {
    await using desk = await openToolDesk({ recv: answer([received(1)]) });
    desk.slot.current = undefined;
    const { text } = await desk.use('recv');
    assert.equal(desk.said[0]?.[1]['turn'], undefined);
    assert.match(
      text,
      /^hive-deliveries: 1\n[^]*No turn is running: these messages were only shown, they stay queued\.$/,
    );
  });
});
