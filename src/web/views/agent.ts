import { plural } from '#src/lib/plural.ts';
import type { AgentRow, AgentState, Thread } from '#src/protocol/shapes.ts';
import { personView } from './person.ts';
import type { PersonView } from './person.ts';
import { compact, oneLine } from './text.ts';
import { timeView } from './time.ts';
import type { TimeView } from './time.ts';

/** One agent's row. */
export interface AgentView {
  person: PersonView;
  role: string;
  manager: boolean;
  state: StateView;
  since: TimeView;
  /** What it does right now, or why it does nothing. */
  now: { text: string; code: boolean } | null;
  /** What it said it is up to, when that is not already `now`. */
  status: string | null;
  queued: number;
  leased: number;
  reminders: number;
  turnsToday: string;
  turns: number;
  tokensToday: string;
  tokensExact: string;
  last: TimeView | null;
  lastOutcome: string | null;
  paused: boolean;
  runtime: string;
  model: string | null;
  engine: string;
  running: boolean;
  forgeUrl: string;
}

/** A state in words, with its colour's class and its icon: never colour alone. */
export interface StateView {
  word: string;
  tone: 'needs' | 'good' | 'bad' | 'held' | 'quiet';
  icon: string;
}

const STATES: Record<AgentState | 'needs_you', StateView> = {
  needs_you: { word: 'needs you', tone: 'needs', icon: 'circle-help' },
  needs_login: { word: 'needs login', tone: 'needs', icon: 'key-round' },
  working: { word: 'working', tone: 'good', icon: 'activity' },
  idle: { word: 'idle', tone: 'quiet', icon: 'circle' },
  starting: { word: 'starting', tone: 'quiet', icon: 'loader' },
  paused: { word: 'paused', tone: 'held', icon: 'pause' },
  parked: { word: 'parked', tone: 'held', icon: 'clock' },
  failed: { word: 'failed', tone: 'bad', icon: 'circle-x' },
  stopped: { word: 'stopped', tone: 'quiet', icon: 'square' },
};

/** An agent's row; it *needs you* while an ask of its own waits for the operator and it does nothing else. */
export function agentView(row: AgentRow, asks: Pick<Thread, 'asker' | 'asked_at'>[], now: number): AgentView {
  const waiting = row.state === 'idle' ? asks.find((ask) => ask.asker === row.name) : undefined;
  const doing = doingNow(row);
  const said = row.status_text ? oneLine(row.status_text, 120) : null;
  return {
    person: personView(row.name),
    role: oneLine(row.role, 60),
    manager: row.manager,
    state: STATES[waiting ? 'needs_you' : row.state],
    since: timeView(waiting ? Math.max(waiting.asked_at, row.since) : row.since, now),
    now: doing ?? (said ? { text: said, code: false } : null),
    status: doing ? said : null,
    queued: row.queued,
    leased: row.leased,
    reminders: row.reminders,
    turnsToday: plural(row.turns_today, 'turn'),
    turns: row.turns_today,
    tokensToday: compact(row.tokens_today),
    tokensExact: row.tokens_today.toLocaleString('en'),
    last: row.last_activity_at === null ? null : timeView(row.last_activity_at, now),
    lastOutcome: row.last_turn?.outcome ?? null,
    paused: row.paused,
    runtime: row.runtime,
    model: row.model,
    engine: row.engine,
    running: row.running,
    forgeUrl: row.forge_url,
  };
}

function doingNow(row: AgentRow): AgentView['now'] {
  if (row.state === 'working') return { text: oneLine(row.activity ?? 'thinking', 140), code: row.activity !== null };
  return row.detail ? { text: oneLine(row.detail, 200), code: false } : null;
}
