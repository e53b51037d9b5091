/** A look counts as no longer than this: while a machine or all processes of a test stand still, nothing that is waited for could have come. */
const LONGEST_LOOK_MS = 2000;

/**
 * Waits until `condition` gives something truthy and answers it; throws with `what` after `timeoutMs` in which it looked every 20 ms. That only tells of a hang: a
 * machine may be busy.
 */
export async function waitUntil<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 60_000,
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  let waited = 0;
  for (;;) {
    const begun = performance.now();
    const value = await condition();
    if (value) return value as Exclude<T, undefined | null | false | 0 | ''>;
    if (waited > timeoutMs) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    waited += Math.min(LONGEST_LOOK_MS, performance.now() - begun);
  }
}
