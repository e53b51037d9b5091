/** One storage call of a process, as strace tells it. */
export interface Call {
  thread: string;
  name: string;
  /** The whole line without the thread: `fsync(20</home/hive.db-wal>) = 0`. */
  text: string;
  /** Lines of the trace at which it began and was over. */
  began: number;
  ended: number;
}

/** Reads what `strace -f` wrote, in the order in which calls began; a call during which another thread spoke stands on two lines. */
export function readTrace(trace: string): Call[] {
  const calls: Call[] = [];
  const unfinished = new Map<string, Call>();
  trace.split('\n').forEach((line, index) => {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    const open = unfinished.get(thread);
    if (resumed && open) {
      open.text += resumed[1];
      open.ended = index;
      unfinished.delete(thread);
      return;
    }
    const name = /^(\w+)\(/.exec(text)?.[1];
    if (!name) return;
    const call = { thread, name, text: text.replace(/ <unfinished \.\.\.>$/, ''), began: index, ended: index };
    if (text.endsWith('<unfinished ...>')) unfinished.set(thread, { ...call, ended: Infinity });
    calls.push(unfinished.get(thread) ?? call);
  });
  return calls;
}

/** The file a call is about: `fsync(20</home/hive.db-wal>) = 0`. */
export function pathOf(text: string): string {
  return /<([^>]*)>/.exec(text)?.[1] ?? '';
}
