import { ago, span } from '#src/lib/span.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Thread } from '#src/protocol/shapes.ts';
import { fitLines } from '../fit.ts';
import { callHive, lines, tool } from '../tool.ts';

/** Asks of each kind that are looked at. */
const MOST = 100;
/** Room for each kind; together they stay below a result's limit. */
const LIST_BYTES = 7 * 1024;

export const listAsks = tool({
  name: 'list_asks',
  description: [
    'List open questions: those that wait for your answer, and those that you asked and nobody answered yet, each with its age, deadline and thread.',
    'Use it when you lost track, or before you ask something that you may have asked already. Next: answer what waits for you, or cancel_ask what you no longer need.',
  ].join(' '),
  input: {},
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run(_input, call) {
    const { output, note } = await callHive(call, methods.asksList, { max: MOST });
    const now = Date.now();
    return lines(
      ...section('Waiting for your answer', output.for_me, (ask) => `from ${ask.asker}, ${describe(ask, now)}`),
      ...section('Asked by you', output.mine, (ask) => `to ${ask.target}, ${describe(ask, now)}`),
      note,
      next(output.for_me.length > 0, output.mine.length > 0),
    );
  },
});

function section(title: string, asks: Thread[], describeAsk: (ask: Thread) => string): string[] {
  if (asks.length === 0) return [`${title}: (empty)`];
  const rows = asks.map((ask) => `- thread ${ask.id} ${describeAsk(ask)}`);
  const { lines: shown, left } = fitLines(rows, LIST_BYTES);
  const rest = left > 0 ? [`(+${left} more: hive threads list --mine, in a shell)`] : [];
  return [`${title}:`, ...shown, ...rest];
}

function describe({ asked_at, deadline_at, options, question, url }: Thread, now: number): string {
  const deadline = deadline_at === null ? '' : `, deadline in ${span((deadline_at - now) / 1000)}`;
  const choice = options ? ` [${excerpt(options.join(' | '), 200)}]` : '';
  return `asked ${ago(asked_at, now)}${deadline}: "${excerpt(question, 160)}"${choice}${url ? ` ${url}` : ''}`;
}

function next(waiting: boolean, own: boolean): string {
  const steps = [
    waiting ? 'Answer with answer(id, text); all of a thread: hive threads show ID (in a shell).' : '',
    own ? 'Answers to yours come as messages: do not ask again. Take one back with cancel_ask(id).' : '',
  ];
  return steps.filter(Boolean).join(' ') || 'No question is open: go on.';
}
