import type { Database } from 'better-sqlite3';
import { excerpt } from '#src/lib/excerpt.ts';
import type { EventBody, HiveEvent } from '#src/protocol/events.ts';
import { insertRows, rowInsert } from './bulk-store.ts';
import type { RowInsert, Value } from './bulk-store.ts';

type MessageSent = Extract<EventBody, { type: 'message.sent' }>;

/** An event with the message that it says was sent (`sent` is null for all others), or the delivery that moved. */
interface EventRow extends Pick<MessageSent, 'from' | 'to' | 'kind' | 'ask'> {
  seq: number;
  at: number;
  type: EventBody['type'];
  agent: string | null;
  body: string;
  sent: number | null;
  said: string;
  moved: number | null;
  recipient: string;
}

const INTO = 'INSERT INTO events (at, type, agent, body)';
const INSERT = rowInsert(INTO, '(?, ?, ?, ?)');

/** Events whose types follow each other again and again, as those of the sends and turns of a group do. */
interface Cycle {
  types: readonly EventBody['type'][];
  /** Their types stand in the statement: bound for each row they are a third of what it costs. */
  insert: RowInsert;
}

const CYCLES: readonly Cycle[] = [
  { types: ['message.sent'], insert: rowInsert(INTO, "(?, 'message.sent', NULL, ?)") },
  {
    types: ['delivery.changed', 'turn.ended'],
    insert: rowInsert(INTO, "(?, 'delivery.changed', NULL, ?), (?, 'turn.ended', ?, ?)"),
  },
  {
    types: ['delivery.changed', 'turn.started'],
    insert: rowInsert(INTO, "(?, 'delivery.changed', NULL, ?), (?, 'turn.started', ?, ?)"),
  },
];
/** Shorter cycles are inserted with what is beside them. */
const LEAST_EVENTS = 8;

/** Appends events in order and answers them with their numbers. */
export function insertEvents(db: Database, at: number, events: readonly EventBody[]): HiveEvent[] {
  if (events.length === 0) return [];
  let last = 0;
  for (let from = 0; from < events.length;) {
    const { cycle, many } = findCycle(events, from) ?? { cycle: undefined, many: untilCycle(events, from) };
    const values: Value[] = [];
    for (const event of events.slice(from, from + many)) pushValues(values, at, event, cycle === undefined);
    last = insertRows(db, cycle?.insert ?? INSERT, values);
    from += many;
  }
  const first = last - events.length + 1;
  return events.map((event, index) => ({ seq: first + index, at, ...event }));
}

/** The cycle that begins with an event, and how many it has. */
function findCycle(events: readonly EventBody[], from: number): { cycle: Cycle; many: number } | undefined {
  for (const cycle of CYCLES) {
    const { types } = cycle;
    let many = 0;
    while (events[from + many]?.type === types[many % types.length]) many++;
    many -= many % types.length;
    if (many >= LEAST_EVENTS) return { cycle, many };
  }
  return undefined;
}

/** How many events belong to no cycle, from one that does not. */
function untilCycle(events: readonly EventBody[], from: number): number {
  let many = 1;
  while (from + many < events.length && !findCycle(events, from + many)) many++;
  return many;
}

/** Values of a row; `typed` = its statement says neither the type nor that there is no agent. */
function pushValues(values: Value[], at: number, event: EventBody, typed: boolean): void {
  values.push(at);
  if (typed) values.push(event.type);
  if ('agent' in event) values.push(event.agent);
  else if (typed) values.push(null);
  values.push(bodyOf(event));
}

/** What the row's other columns do not say; of a message and a delivery only what is not in them: the rest would be half of what a send or a turn writes. */
function bodyOf(event: EventBody): string {
  if (event.type === 'message.sent') return `{"message":${event.message}}`;
  if (event.type === 'delivery.changed')
    return `{"delivery":${event.delivery},"state":"${event.state}","turn":${event.turn}}`;
  if (event.type === 'turn.started') return `{"turn":${event.turn},"cause":${JSON.stringify(event.cause)}}`;
  if (event.type === 'turn.ended') return `{"turn":${event.turn},"outcome":"${event.outcome}"}`;
  return JSON.stringify({ ...event, type: undefined, agent: undefined });
}

/** Events after `seq`, oldest first; that a message was sent or delivered is not told any more once it was removed. */
export function listEventsAfter(db: Database, seq: number, max: number): HiveEvent[] {
  return db
    .prepare<[number, number], EventRow>(
      `SELECT e.seq, e.at, e.type, e.agent, e.body, m.id AS sent, m.sender AS "from", m.recipient AS "to", m.kind, m.ask_id AS ask, m.body AS said,
         d.message_id AS moved, d.recipient
       FROM events e LEFT JOIN messages m ON e.type = 'message.sent' AND m.id = e.body ->> 'message'
         LEFT JOIN deliveries d ON e.type = 'delivery.changed' AND d.id = e.body ->> 'delivery'
       WHERE e.seq > ? AND (e.type <> 'message.sent' OR m.id IS NOT NULL) AND (e.type <> 'delivery.changed' OR d.id IS NOT NULL)
       ORDER BY e.seq LIMIT ?`,
    )
    .all(seq, max)
    .map(toEvent);
}

function toEvent({
  seq,
  at,
  type,
  agent,
  body,
  sent,
  from,
  to,
  kind,
  ask,
  said,
  moved,
  recipient,
}: EventRow): HiveEvent {
  if (sent !== null)
    return { seq, at, type: 'message.sent', message: sent, from, to, kind, excerpt: excerpt(said), ask };
  const event = {
    seq,
    at,
    type,
    ...(agent !== null && { agent }),
    ...(moved !== null && { message: moved, recipient }),
  };
  return { ...event, ...(JSON.parse(body) as object) } as HiveEvent;
}

/** Number of the latest event; 0 when there was none. */
export function findLatestSeq(db: Database): number {
  return db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM events').get()?.seq ?? 0;
}

/** Number of the oldest event that is still stored; 1 when there was none. */
export function findOldestSeq(db: Database): number {
  return db.prepare<[], { seq: number }>('SELECT coalesce(min(seq), 1) AS seq FROM events').get()?.seq ?? 1;
}
