import { plural } from '#src/lib/plural.ts';

/** A reminder that fires this much after its due time says so. */
const LATE_MS = 60_000;

/** What a reminder says that fires late; `missed` later times of its schedule have passed too, counted up to `most`. */
export function lateNote(fired: { dueAt: number; now: number; missed: number; most: number }): string {
  const late = fired.now - fired.dueAt;
  if (late < LATE_MS && fired.missed === 0) return '';
  const minutes = plural(Math.max(1, Math.round(late / 60_000)), 'minute');
  const due = `this was due at ${new Date(fired.dueAt).toISOString()}, ${minutes} ago`;
  return `\n\n(late: ${due}${missedNote(fired.missed, fired.most)})`;
}

/** One message stands for all times that were missed. */
function missedNote(missed: number, most: number): string {
  if (missed === 0) return '';
  const many = missed < most ? plural(missed, 'later time') : `${most} or more later times`;
  return `; ${many} ${missed === 1 ? 'was' : 'were'} missed since, and will not fire`;
}
