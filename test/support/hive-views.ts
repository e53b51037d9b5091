import type { AgentRow, FlowMessage, Thread, Turn } from '#src/protocol/shapes.ts';
import type { Reminder } from '#src/protocol/methods/reminders.ts';
import type { Overview } from '#src/web/views/needs.ts';

/** The moment at which tests of views look. */
export const NOW = Date.UTC(2026, 0, 2, 12, 0, 0);
export const MINUTE = 60_000;
const FORGE = 'http://127.0.0.1:7001';

/** An idle agent, changed as told. */
export function agentRow(name: string, changes: Partial<AgentRow> = {}): AgentRow {
  return {
    ...{ name, role: '', manager: false, runtime: 'command', model: null, engine: 'bubblewrap', state: 'idle' },
    ...{ since: NOW - 5 * MINUTE, detail: null, activity: null, status_text: null, status_set_at: null },
    ...{ queued: 0, leased: 0, reminders: 0, turns_today: 0, tokens_today: 0, last_activity_at: null },
    ...{ last_turn: null, running: true, paused: false, container_pid: 7, exit_code: null },
    forge_url: `${FORGE}/${name}`,
    ...changes,
  };
}

/** An open ask of alice to the operator, changed as told. */
export function thread(changes: Partial<Thread> = {}): Thread {
  return {
    ...{ id: 1, asker: 'alice', target: 'operator', question: 'May I?', options: null, multi: false, state: 'open' },
    ...{ asked_at: NOW - MINUTE, deadline_at: null, answer: null, answered_by: null, answered_at: null },
    url: `${FORGE}/org-shared/threads/issues/4`,
    ...changes,
  };
}

/** A handled message from alice to bob, changed as told. */
export function flowMessage(id: number, changes: Partial<FlowMessage> = {}): FlowMessage {
  const to = changes.to ?? 'bob';
  const delivery = {
    id,
    recipient: to,
    state: 'acked' as const,
    attempts: 0,
    changed_at: NOW,
    presented: true,
    dismissed: false,
  };
  return {
    ...{ id, from: 'alice', to, kind: 'message', body: `message ${id}`, sent_at: NOW - MINUTE },
    ...{ in_reply_to: null, ask: null, deliveries: [delivery] },
    ...changes,
  };
}

/** A pending reminder of alice's, changed as told. */
export function reminder(changes: Partial<Reminder> = {}): Reminder {
  return {
    ...{ id: 1, agent: 'alice', message: 'look again', due_at: NOW + 5 * MINUTE, cron: null, timezone: null },
    ...{ set_by: 'alice', created_at: NOW - MINUTE },
    ...changes,
  };
}

/** A turn of alice that ended well, changed as told. */
export function turn(changes: Partial<Turn> = {}): Turn {
  return {
    ...{ id: 1, agent: 'alice', cause: 'message from bob', started_at: NOW - 2 * MINUTE, ended_at: NOW - MINUTE },
    ...{ outcome: 'ok', error: null, model: null, tools: {} },
    tokens: { input: 0, output: 0, cache_read: 0, cache_write: 0 },
    ...changes,
  };
}

/** A hive in which nothing happened, changed as told. */
export function overview(changes: Partial<Overview> = {}): Overview {
  return {
    ...{ seq: 1, now: NOW, hive: 'hyperhive', forge: { state: 'up', detail: '' }, agents: [], asks: [], dead: [] },
    urls: { dashboard: 'http://localhost:7000', forge: FORGE, home: '/home/of/hive' },
    ...{ parked: [], refused: [], threads: [], flow: [], tokens_today: 0, disk_ok: true },
    ...{ limits: [], alerts: [] },
    ...changes,
  };
}
