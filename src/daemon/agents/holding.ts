import type { Clock } from '#src/lib/clock.ts';
import type { Turn } from '#src/protocol/shapes.ts';
import type { Broker } from '../broker/api.ts';
import { setParked, type StoredAgent } from './agent-store.ts';
import type { Roster } from './roster.ts';

/** A rate limit whose end the provider did not name. */
const UNKNOWN_LIMIT_MS = 5 * 60_000;

/** What holding depends on. */
export interface HoldingDeps {
  roster: Roster;
  broker: Pick<Broker, 'setHolding' | 'lastTurn'>;
  clock: Clock;
  login(): { changedAt: number } | undefined;
}

/** Whether an agent may be handed turns: not while it is paused, stopped, parked by a rate limit or without a credential that works. */
export class Holding {
  readonly #deps: HoldingDeps;
  readonly #timers = new Map<string, () => void>();

  constructor(deps: HoldingDeps) {
    this.#deps = deps;
  }

  /** A `claude` agent without a credential, or whose last turn was refused with the one that is still stored. */
  needsLogin(agent: StoredAgent, last: Turn | undefined): boolean {
    if (agent.config.runtime !== 'claude') return false;
    const login = this.#deps.login();
    if (!login) return true;
    return last?.outcome === 'needs_login' && login.changedAt <= (last.ended_at ?? 0);
  }

  /** Tells the broker what is true now, and comes back when a parking ends. */
  refresh(name: string): void {
    const { roster, broker, clock } = this.#deps;
    this.#timers.get(name)?.();
    this.#timers.delete(name);
    const agent = roster.find(name);
    if (!agent || agent.removedAt !== null) return;
    const parkedFor = (agent.parkedUntil ?? 0) - clock.now();
    broker.setHolding(
      name,
      agent.paused || agent.stopped || parkedFor > 0 || this.needsLogin(agent, broker.lastTurn(name)),
    );
    if (parkedFor > 0)
      this.#timers.set(
        name,
        clock.after(parkedFor, () => this.refresh(name)),
      );
  }

  /** Parks an agent until `resumeAt` (epoch ms); null = the provider named no time. */
  async park(name: string, resumeAt: number | null): Promise<void> {
    const { roster, clock } = this.#deps;
    const until = resumeAt ?? clock.now() + UNKNOWN_LIMIT_MS;
    await roster.update(name, 'parked', (db, now) => setParked(db, name, until, now));
    this.refresh(name);
  }

  /** Ends what waits for a time. */
  stop(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}
