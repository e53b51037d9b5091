import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { type Clock, systemClock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import { warmUpFolder } from '#src/protocol/standby.ts';
import { warmUp, type WarmUpScale } from './warm-up.ts';

/** Until one that is asked to begin has left its warm-up, at most: a round takes 20 to 100 ms, on a machine that has too much to do a second. */
const LEAVES_WITHIN_MS = 10_000;

/** What a daemon that stands by is given. */
export interface StandbyOptions {
  /** The hive's folder for sockets: it warms up below it. */
  run: string;
  /** Where it is told to begin (`protocol/standby.ts`); it ends when it is not needed any more. */
  input: Readable;
  /** The process was asked to end. */
  signal: AbortSignal;
  /** One line for people: why it is not warm. */
  say(line: string): void;
  /** Told when it is warm. */
  onWarm?(): void;
  scale?: WarmUpScale;
  clock?: Clock;
}

/**
 * Warms up and waits until this process is needed as the daemon; false = it never will be. Until then it has touched nothing of the hive's. Throws when the
 * warm-up hangs: then another process has to begin.
 */
export async function standBy(options: StandbyOptions): Promise<boolean> {
  const { run, input, signal, say, onWarm, scale, clock = systemClock } = options;
  const over = new AbortController();
  const needed = toldToBegin(input, signal);
  const warm = warmUp(warmUpFolder(run), over.signal, scale)
    .then(() => over.signal.aborted || onWarm?.())
    .catch((error: unknown) => say(`it is not warm: ${String(error)}`))
    .then(() => collectWhenIdle(false));
  const begin = await needed;
  over.abort();
  const late = Promise.withResolvers<true>();
  const onTime = clock.after(LEAVES_WITHIN_MS, () => late.resolve(true));
  if (await Promise.race([warm.then(() => false), late.promise]))
    throw new HiveError('internal', 'the warm-up does not end');
  onTime();
  collectWhenIdle(true);
  return begin;
}

/** Resolves with true when the input says anything, with false when it ends first or `signal` aborts; the input is closed then. */
async function toldToBegin(input: Readable, signal: AbortSignal): Promise<boolean> {
  const over = new AbortController();
  try {
    const ends = AbortSignal.any([signal, over.signal]);
    const told = once(input, 'data', { signal: ends }).then(() => true);
    return await Promise.race([told, once(input, 'end', { signal: ends }).then(() => false)]);
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    over.abort();
    input.destroy();
  }
}

/**
 * Whether V8 may look for garbage of its own accord. When it does so in a process that does nothing it throws away what it compiled, and a minute later the
 * warm-up had been for nothing. Node warns of flags that change while a program runs; this one is read each time such a search would begin, and while it is off
 * this process has nothing that could be lost.
 */
function collectWhenIdle(may: boolean): void {
  setFlagsFromString(may ? '--incremental-marking' : '--no-incremental-marking');
}
