import type { FleetScale } from './fleet.ts';
import type { PeersScale } from './peers.ts';

/** How much a run measures. */
export interface Scale {
  /** Rounds of wakes. */
  wakes: number;
  /** Rounds of sends. */
  sends: { rounds: number; ms: number };
  reminders: number;
  fleet: FleetScale;
  /** Sends of the quiet agent. */
  fairness: number;
  growth: { messages: number; agents: number; rounds: number };
  peers: PeersScale;
}

/** What `npm run bench` does. */
export const FULL: Scale = {
  wakes: 1000,
  sends: { rounds: 12, ms: 400 },
  reminders: 100_000,
  fleet: { cold: 200, agents: 1000, starts: 9, kills: 5, standBy: 15, idle: 10 },
  fairness: 1000,
  growth: { messages: 1_000_000, agents: 1000, rounds: 16 },
  peers: { count: 6400, rounds: 5 },
};

/** `--large`: ten million messages; needs about 8 GB of disk. */
export const LARGE: Scale = { ...FULL, growth: { ...FULL.growth, messages: 10_000_000 } };

/** `--smoke`: only shows that every program runs; its numbers mean nothing. */
export const SMOKE: Scale = {
  wakes: 10,
  sends: { rounds: 1, ms: 50 },
  reminders: 200,
  fleet: { cold: 2, agents: 3, starts: 1, kills: 1, standBy: 1, idle: 1 },
  fairness: 10,
  growth: { messages: 2000, agents: 3, rounds: 1 },
  peers: { count: 3200, rounds: 1 },
};
