import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { insertEvents } from '#src/daemon/db/event-store.ts';
import type { EventBody } from '#src/protocol/events.ts';
import { openTestDatabase } from '../../../support/database.ts';

const SENT: EventBody = {
  ...{ type: 'message.sent', message: 1, from: 'alice', to: 'bob', kind: 'message' },
  ...{ excerpt: 'x', ask: null },
};
const MOVED: EventBody = {
  ...{ type: 'delivery.changed', delivery: 2, message: 1, recipient: 'bob', state: 'leased', turn: 3 },
};
const STARTED: EventBody = { type: 'turn.started', agent: 'bob', turn: 3, cause: 'message from "alice"\n' };
const ENDED: EventBody = { type: 'turn.ended', agent: 'bob', turn: 3, outcome: 'ok' };
const CHANGED: EventBody = { type: 'agent.changed', agent: 'zoe', what: 'harness connected' };

const part = fc
  .tuple(fc.constantFrom([SENT], [MOVED, STARTED], [MOVED, ENDED], [MOVED], [STARTED, ENDED], [CHANGED]), fc.nat(40))
  .map(([cycle, times]) => Array.from({ length: times }, () => cycle).flat());

test('events are stored the same one by one and in whatever groups, with numbers in their order', async () => {
  await using hive = openTestDatabase();
  const stored = hive.db.prepare('SELECT seq, at, type, agent, body FROM events WHERE seq > ? ORDER BY seq');
  const last = hive.db.prepare<[], number>('SELECT coalesce(max(seq), 0) FROM events').pluck();
  hive.db.exec('BEGIN');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const events = parts.flat().map((event, index) => ('turn' in event ? { ...event, turn: index } : event));
      const before = last.get() ?? 0;
      const numbered = insertEvents(hive.db, 7, events);
      assert.deepEqual(
        numbered,
        events.map((event, index) => ({ seq: before + index + 1, at: 7, ...event })),
      );
      const together = stored.all(before) as { seq: number }[];
      for (const event of events) insertEvents(hive.db, 7, [event]);
      const alone = stored.all(before + events.length) as { seq: number }[];
      assert.deepEqual(
        alone.map((row) => ({ ...row, seq: row.seq - events.length })),
        together,
      );
    }),
    { numRuns: 60 },
  );
  hive.db.exec('ROLLBACK');
});
