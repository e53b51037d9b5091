import type { RetentionDays } from '../config.ts';

/** How long rows of one table stay. */
export interface Policy {
  /** What is kept so long, as config.json calls it. */
  name: keyof RetentionDays;
  table: string;
  /** Columns of its primary key: rows are walked in their order. */
  key: readonly string[];
  /** The column that a row's age is taken from, epoch ms. */
  at: string;
  /** Days by default. */
  days: number;
  /** Ages grow along the key: the walk ends at the first row that is too young. */
  ordered: boolean;
  /** Rows that stay however old they are; `@before` is the moment before which rows are old. */
  keep?: string;
  /** What hangs on rows and goes before them; `@keys` is a JSON list of their keys. */
  first?: readonly string[];
  /** Rows looked at in one transaction: about 500 go with what hangs on them. */
  chunk: number;
}

const KEYS = '(SELECT value FROM json_each(@keys))';
const DELIVERIES = `(SELECT id FROM deliveries INDEXED BY deliveries_by_message WHERE message_id IN ${KEYS})`;

/**
 * Everything that is forgotten some day, in the order in which it goes; what stands in no line is kept for ever: asks with the messages of their threads
 * and what of them went to the forge, dead letters, and a short row per session. The latest row of a table stays where its number must not be given again.
 */
export const POLICIES: readonly Policy[] = [
  {
    name: 'messages',
    table: 'messages',
    key: ['id'],
    at: 'created_at',
    days: 30,
    ordered: true,
    // Acked by everybody or dismissed, and all of that long ago; the message that parked a pair stays while it is parked.
    keep: `ask_id IS NOT NULL OR id = (SELECT max(id) FROM messages)
      OR EXISTS (SELECT 1 FROM deliveries INDEXED BY deliveries_by_message
        WHERE message_id = messages.id AND (state <> 'acked' AND dismissed_at = 0 OR max(changed_at, dismissed_at) >= @before))
      OR EXISTS (SELECT 1 FROM parked_pairs WHERE message_id = messages.id AND released_at IS NULL)`,
    first: [
      `DELETE FROM leases WHERE delivery_id IN ${DELIVERIES}`,
      `DELETE FROM deliveries WHERE message_id IN ${KEYS}`,
    ],
    chunk: 100,
  },
  {
    name: 'events',
    table: 'events',
    key: ['seq'],
    at: 'at',
    days: 14,
    ordered: true,
    keep: 'seq = (SELECT max(seq) FROM events)',
    chunk: 500,
  },
  {
    name: 'reminders',
    table: 'reminder_firings',
    key: ['reminder_id', 'due_at'],
    at: 'fired_at',
    days: 30,
    ordered: false,
    chunk: 500,
  },
  {
    name: 'reminders',
    table: 'reminders',
    key: ['id'],
    at: 'due_at',
    days: 30,
    ordered: false,
    keep: `state = 'pending' OR id = (SELECT max(id) FROM reminders)
      OR EXISTS (SELECT 1 FROM reminder_firings WHERE reminder_id = reminders.id)`,
    chunk: 500,
  },
  {
    name: 'turns',
    table: 'turns',
    key: ['id'],
    at: 'started_at',
    days: 90,
    ordered: true,
    // A turn that had a dead letter stays with it: a retry shows what it did.
    keep: `ended_at IS NULL OR ended_at >= @before OR id = (SELECT max(id) FROM turns)
      OR EXISTS (SELECT 1 FROM leases INDEXED BY leases_by_turn WHERE turn_id = turns.id)`,
    first: [
      `DELETE FROM acts WHERE turn_id IN ${KEYS}`,
      `DELETE FROM agent_turns WHERE (agent, started_at, turn_id) IN (SELECT agent, started_at, id FROM turns WHERE id IN ${KEYS})`,
      `UPDATE messages INDEXED BY messages_by_turn SET turn_id = NULL WHERE turn_id IN ${KEYS}`,
    ],
    chunk: 100,
  },
  { name: 'turns', table: 'usage', key: ['id'], at: 'at', days: 90, ordered: true, chunk: 500 },
  {
    name: 'keys',
    table: 'keys',
    key: ['principal', 'key'],
    at: 'created_at',
    days: 7,
    ordered: false,
    chunk: 500,
  },
  { name: 'webhooks', table: 'forge_hooks', key: ['delivery'], at: 'at', days: 30, ordered: false, chunk: 500 },
  {
    name: 'egress',
    table: 'refused_egress',
    key: ['agent', 'host', 'port'],
    at: 'at',
    days: 30,
    ordered: false,
    chunk: 500,
  },
  {
    name: 'sign_ins',
    table: 'web_sessions',
    key: ['token_hash'],
    at: 'expires_at',
    days: 1,
    ordered: false,
    chunk: 500,
  },
];
