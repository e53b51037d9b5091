import type { Sent } from './history.ts';
import { findProcess } from './processes.ts';
import { Progress } from './progress.ts';
import type { Random } from './random.ts';
import { runSender } from './senders.ts';
import { followSights } from './sights.ts';
import type { Stage } from './stage.ts';

/** How often somebody looks whether the daemon still runs, and how many looks may miss it: a killed one is started again at once. */
const LOOK_MS = 500;
const MISSES = 20;

/** Senders that talk to receivers until they have said everything. */
export interface Conversation extends AsyncDisposable {
  sent: Sent[];
  progress: Progress;
  /** Aborted when the conversation is over, or cannot go on because the daemon ended by itself. */
  signal: AbortSignal;
  /** Resolves when everything is confirmed. */
  said: Promise<unknown>;
}

/** Lets the stage's senders say `messages` messages to its receivers, in turn. */
export function converse(stage: Stage, messages: number, random: Random, stop: AbortSignal): Conversation {
  const { senders, receivers, hive } = stage;
  const progress = new Progress();
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, stop]);
  const sent: Sent[] = [];
  const held = new DisposableStack();
  held.use(followSights(stage.logs, progress));
  held.use(watchDaemon(hive, (error) => over.abort(error)));
  const sending = senders.map((name, index) => {
    const count = Math.floor(messages / senders.length) + (index < messages % senders.length ? 1 : 0);
    const spec = { name, socket: stage.socketOf(name), receivers, count, random: random.of(name) };
    return runSender(spec, sent, progress, signal);
  });
  const said = Promise.all(sending);
  said.catch(() => undefined);
  return {
    ...{ sent, progress, signal, said },
    async [Symbol.asyncDispose]() {
      held.dispose();
      over.abort(new Error('the conversation is over'));
      await Promise.allSettled(sending);
    },
  };
}

/** A daemon that ends by itself is started by nobody. */
function watchDaemon(hive: Stage['hive'], ended: (error: Error) => void): Disposable {
  let misses = 0;
  const timer = setInterval(() => {
    misses = findProcess(hive.pid, 'daemon/main') ? 0 : misses + 1;
    if (misses === MISSES) ended(new Error(`the daemon ended by itself: ${hive.log()}`));
  }, LOOK_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
