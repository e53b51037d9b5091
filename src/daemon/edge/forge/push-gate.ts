import { HiveError } from '#src/lib/errors.ts';
import type { Clock } from '#src/lib/clock.ts';

/** How long a second push of the same agent waits for the first. */
const WAIT_MS = 60_000;

/** Lets one push at a time per agent through, and none while draining (DESIGN §5, §8: Gitea cuts running pushes when it stops). */
export interface PushGate {
  /** Waits for the agent's earlier push. The returned function must be called when this one is over. Throws `limited` or `unavailable`. */
  enter(agent: string, signal: AbortSignal): Promise<() => void>;
  /** Waits until no push is under way, at most `ms`; new ones are refused meanwhile. */
  drain(ms: number): Promise<void>;
}

/** Waiting pushes go on in the order in which they came. */
export function createPushGate(clock: Clock): PushGate {
  const running = new Map<string, Promise<void>>();
  const active = new Set<Promise<void>>();
  let draining = 0;

  return {
    async enter(agent, signal) {
      refuseWhile(draining > 0);
      const before = running.get(agent);
      const { promise: over, resolve: leave } = Promise.withResolvers<void>();
      const mine = Promise.all([before, over]).then(() => undefined);
      running.set(agent, mine);
      active.add(mine);
      void mine.finally(() => {
        active.delete(mine);
        if (running.get(agent) === mine) running.delete(agent);
      });
      try {
        if (before) await within(before, { clock, signal });
        refuseWhile(draining > 0);
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
    async drain(ms) {
      draining += 1;
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(ms, resolve);
      await Promise.race([Promise.all(active), late]);
      cancel();
      draining -= 1;
    },
  };
}

function refuseWhile(draining: boolean): void {
  if (draining) throw new HiveError('unavailable', 'The forge is about to restart: push again in a few seconds.');
}

async function within(earlier: Promise<void>, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const cancel = clock.after(WAIT_MS, () =>
    reject(
      new HiveError(
        'limited',
        'Your earlier push is still running: one push at a time; push again when it is through.',
      ),
    ),
  );
  const gone = (): void => reject(new HiveError('unavailable', 'The client went away while its push waited.'));
  signal.addEventListener('abort', gone);
  try {
    await Promise.race([earlier, late]);
  } finally {
    cancel();
    signal.removeEventListener('abort', gone);
  }
}
