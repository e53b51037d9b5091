/**
 * Runs `work` once at a time: calls that come while it runs share one further run, so that each call's promise stands for a run that began after the call.
 * A failed run rejects the promises of those who asked for it.
 */
export function coalesced(work: (why: string) => Promise<void>): (why: string) => Promise<void> {
  let current: Promise<void> | null = null;
  let waiting: { whys: Set<string>; run: Promise<void> } | null = null;

  const begin = (why: string): Promise<void> => {
    const run = work(why).finally(() => {
      if (current === run) current = null;
    });
    current = run;
    return run;
  };

  return (why) => {
    if (current === null) return begin(why);
    if (waiting) {
      waiting.whys.add(why);
      return waiting.run;
    }
    const whys = new Set([why]);
    const after = current.catch(() => undefined);
    const run = after.then(() => {
      waiting = null;
      return begin([...whys].join(', '));
    });
    waiting = { whys, run };
    return run;
  };
}
