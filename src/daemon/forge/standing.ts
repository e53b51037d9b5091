import { HiveError } from '#src/lib/errors.ts';
import type { ForgeState } from './api.ts';
import type { ForgeSession } from './session.ts';

/** How the forge stands: its state for people and its session for the code. */
export interface Standing {
  state(): ForgeState;
  /** The session; rejects with `unavailable` and the reason while the forge is not up. */
  session(): Promise<ForgeSession>;
  /** Resolves when the forge is up; rejects when it cannot come up by itself, or when `signal` aborts, with what was seen last. */
  ready(signal: AbortSignal): Promise<void>;
  opened(session: ForgeSession): void;
  /** `final` = it will not change by itself. */
  changed(state: ForgeState, final?: boolean): void;
}

/** Keeps the standing; `told` hears each change. */
export function createStanding(told: (state: ForgeState) => void): Standing {
  let state: ForgeState = { state: 'starting', version: null, detail: 'starting', pid: null };
  let session: ForgeSession | undefined;
  let final = false;
  const waiting = new Set<() => void>();
  const problem = (): HiveError => new HiveError('unavailable', `the forge is ${state.state}: ${state.detail}`);
  return {
    state: () => state,
    session: () => (session ? Promise.resolve(session) : Promise.reject(problem())),
    opened: (opened) => {
      session = opened;
    },
    changed: (next, isFinal = false) => {
      const same = state.state === next.state && state.detail === next.detail;
      state = next;
      final = isFinal;
      if (next.state !== 'up') session = undefined;
      if (!same) told(next);
      for (const look of [...waiting]) look();
    },
    ready: (signal) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const over = signal.aborted || final;
          if (state.state !== 'up' && !over) return;
          waiting.delete(look);
          signal.removeEventListener('abort', look);
          if (state.state === 'up') resolve();
          else reject(problem());
        };
        waiting.add(look);
        signal.addEventListener('abort', look);
        look();
      }),
  };
}
