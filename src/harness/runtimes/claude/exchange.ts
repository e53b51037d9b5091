import type { TurnPhase } from '#src/protocol/methods/harness.ts';
import type { Seen } from '../runtime.ts';
import type { ClaudeProcess } from './claude-process.ts';
import { takeEvent } from './transcript.ts';
import type { Transcript } from './transcript.ts';

/** Background work may go on this long after the model's last word; then the turn's end kills it. */
const BACKGROUND_MS = 10 * 60_000;
/** When background work is over, the CLI goes on by itself within this time or not at all. */
const SETTLE_MS = 2000;
/** After an interrupt a result comes within this time, or the process is killed. */
const INTERRUPT_MS = 10_000;

/** Who hears of an exchange while it lasts. */
export interface ExchangeOptions {
  signal: AbortSignal;
  onActivity: (phase: TurnPhase, activity: string | null) => void;
  onSeen: (seen: Seen) => void;
}

/**
 * Sends a prompt and reads until its last result: background work that is still running extends the exchange by the result that follows it.
 * Resolves with why the process ended when it did so first, else with null.
 */
export async function exchange(
  claude: ClaudeProcess,
  prompt: string,
  transcript: Transcript,
  { signal, onActivity, onSeen }: ExchangeOptions,
): Promise<string | null> {
  const over = Promise.withResolvers<null>();
  const patience = createPatience(() => over.resolve(null));
  let hadBackground = false;
  transcript.result = undefined;
  claude.listener = (event) => {
    const { phase, activity } = takeEvent(transcript, event);
    onActivity(phase, activity);
    onSeen(transcript);
    hadBackground ||= transcript.background > 0;
    if (!transcript.result) patience.forever();
    else if (signal.aborted || !hadBackground) over.resolve(null);
    else patience.only(transcript.background > 0 ? BACKGROUND_MS : SETTLE_MS);
  };
  let force: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    claude.interrupt();
    force = setTimeout(() => claude.kill(), INTERRUPT_MS);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    claude.send(prompt);
    if (signal.aborted) onAbort();
    return await Promise.race([over.promise, claude.ended]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    patience.forever();
    clearTimeout(force);
    claude.listener = undefined;
  }
}

/** A wait that is begun once per length and called off. */
interface Patience {
  /** Waits `ms` from now, unless that very wait is on already. */
  only(ms: number): void;
  forever(): void;
}

function createPatience(then: () => void): Patience {
  let timer: NodeJS.Timeout | undefined;
  let length = 0;
  return {
    only(ms) {
      if (timer && length === ms) return;
      clearTimeout(timer);
      length = ms;
      timer = setTimeout(then, ms);
    },
    forever() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
