import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, Context } from '#src/daemon/rpc/api.ts';
import { subscribe } from '#src/daemon/rpc/handlers/hive/subscribe.ts';
import { createEvents } from '#src/daemon/events/index.ts';
import { openTestDatabase, type TestDatabase } from '../../../support/database.ts';

type Pushed = { type: string; seq: number };

function say(base: TestDatabase, what: string): Promise<void> {
  return base.writer.write('alice', (tx) => tx.emit({ type: 'agent.changed', agent: 'alice', what }));
}

/** Subscribes on `base` and answers what was pushed so far, live. */
async function follow(base: TestDatabase, after?: number): Promise<{ seq: number; pushed: Pushed[]; end(): void }> {
  const events = createEvents(base);
  const pushed: Pushed[] = [];
  const stop = new AbortController();
  const call = {
    context: { events } as Context,
    input: { after },
    push: (event: Pushed) => pushed.push(event),
    signal: stop.signal,
  };
  const { seq } = (await subscribe.handle(call as unknown as Call<typeof subscribe.method>)) as { seq: number };
  return { seq, pushed, end: () => stop.abort() };
}

test('events after a number are replayed in order, then it goes on live without a gap', async () => {
  await using base = openTestDatabase();
  for (let index = 0; index < 900; index++) void say(base, `${index}`);
  await say(base, 'last');
  const stream = await follow(base, 100);
  assert.equal(stream.seq, 901);
  await say(base, 'live');
  assert.deepEqual(
    stream.pushed.map(({ seq }) => seq),
    Array.from({ length: 802 }, (_, index) => index + 101),
  );
  stream.end();
  await say(base, 'unheard');
  assert.equal(stream.pushed.length, 802);
});

test('without a number only new events come', async () => {
  await using base = openTestDatabase();
  await say(base, 'before');
  const stream = await follow(base);
  await say(base, 'after');
  assert.deepEqual(
    stream.pushed.map(({ seq }) => seq),
    [2],
  );
});

test('a subscriber from before retention, or from another hive, is told to start over', async () => {
  await using base = openTestDatabase();
  for (const what of ['a', 'b', 'c']) await say(base, what);
  base.db.prepare('DELETE FROM events WHERE seq < 3').run();
  assert.deepEqual((await follow(base, 1)).pushed, [{ type: 'reset', seq: 3 }]);
  const far = Array.from({ length: 1001 }, () => say(base, 'more'));
  await Promise.all(far);
  assert.deepEqual((await follow(base, 3)).pushed, [{ type: 'reset', seq: 1004 }]);
  assert.deepEqual((await follow(base, 9999)).pushed, [{ type: 'reset', seq: 1004 }]);
  assert.deepEqual(
    (await follow(base, 1003)).pushed.map(({ seq }) => seq),
    [1004],
  );
});
