import { HiveError } from '#src/lib/errors.ts';
import type { Client } from '#src/protocol/client.ts';
import type { HiveEvent } from '#src/protocol/events.ts';
import type { StreamEvent } from '#src/protocol/method.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { STORY, type Step } from './story.ts';

/** A step of the demo as it is reported. */
export interface StepReport {
  step: string;
  ok: boolean;
  url: string;
  /** Milliseconds since the step before. */
  ms: number;
}

/** Longest wait from one step of the story to the next. */
const STEP_MS = 60_000;

/** Ticks the story off as its events come; resolves when it is complete, rejects naming the step that did not come, or when `signal` aborts. */
export async function watchStory(
  client: Client,
  base: { forge: string; dashboard: string },
  { report, signal }: { report: (step: StepReport) => void; signal: AbortSignal },
): Promise<void> {
  const open: Step[] = [...STORY];
  const complete = Promise.withResolvers<void>();
  let last = performance.now();
  let patience: NodeJS.Timeout | undefined;
  const wait = (): void => {
    clearTimeout(patience);
    patience = setTimeout(() => complete.reject(missing(open)), STEP_MS);
  };
  const see = (event: HiveEvent): void => {
    const at = open.findIndex((step) => step.seen(event));
    const [step] = at < 0 ? [] : open.splice(at, 1);
    if (!step) return;
    const now = performance.now();
    report({ step: step.name, ok: true, url: step.url(event, base), ms: Math.round(now - last) });
    last = now;
    if (open.length === 0) complete.resolve();
    else wait();
  };
  const seeAny = (event: StreamEvent<typeof methods.subscribe>): void => void (event.type !== 'reset' && see(event));
  const stream = await client.stream(methods.subscribe, {}, seeAny, { signal });
  stream.ended.then(
    () => complete.reject(new HiveError('unavailable', 'the daemon closed the connection')),
    complete.reject,
  );
  wait();
  return complete.promise.finally(() => clearTimeout(patience));
}

function missing(open: Step[]): HiveError {
  return new HiveError(
    'unavailable',
    `nothing happened for ${STEP_MS / 1000} s; missing: ${open.map((step) => step.name).join('; ')}`,
  );
}
