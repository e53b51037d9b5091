import type { Thread } from '#src/protocol/shapes.ts';
import { textView, words } from './markdown.ts';
import type { TextView } from './markdown.ts';
import { personView } from './person.ts';
import type { PersonView } from './person.ts';
import { plain } from './text.ts';
import { timeView } from './time.ts';
import type { TimeView } from './time.ts';

/** An ask for lists and pages. */
export interface ThreadView {
  id: number;
  href: string;
  asker: PersonView;
  target: PersonView;
  title: string;
  question: TextView;
  options: { text: string; label: string }[];
  multi: boolean;
  open: boolean;
  /** The operator may answer every open ask; these were put to them. */
  mine: boolean;
  state: { word: string; tone: string; icon: string };
  asked: TimeView;
  deadline: TimeView | null;
  answer: TextView | null;
  answerLine: string | null;
  answeredBy: PersonView | null;
  answered: TimeView | null;
  forgeUrl: string | null;
}

const STATES: Record<Thread['state'], ThreadView['state']> = {
  open: { word: 'open', tone: 'needs', icon: 'circle-dot' },
  answered: { word: 'answered', tone: 'good', icon: 'check' },
  cancelled: { word: 'cancelled', tone: 'quiet', icon: 'circle-x' },
  expired: { word: 'nobody answered', tone: 'held', icon: 'clock' },
};

/** An ask as pages show it, seen from `now`; `whole` shows long texts complete. */
export function threadView(thread: Thread, now: number, options: { whole?: boolean } = {}): ThreadView {
  const mine = thread.target === 'operator';
  const state = STATES[thread.state];
  return {
    id: thread.id,
    href: `/threads/${thread.id}`,
    asker: personView(thread.asker),
    target: personView(thread.target),
    title: words(thread.question, 120),
    question: textView(thread.question, options),
    options: (thread.options ?? []).map((text) => ({ text, label: plain(text) })),
    multi: thread.multi,
    open: thread.state === 'open',
    mine,
    state: thread.state === 'open' && !mine ? { ...state, tone: 'quiet' } : state,
    asked: timeView(thread.asked_at, now),
    deadline: thread.deadline_at === null ? null : timeView(thread.deadline_at, now),
    answer: thread.answer === null ? null : textView(thread.answer, options),
    answerLine: thread.answer === null ? null : words(thread.answer, 100),
    answeredBy: thread.answered_by === null ? null : personView(thread.answered_by),
    answered: thread.answered_at === null ? null : timeView(thread.answered_at, now),
    forgeUrl: thread.url,
  };
}
