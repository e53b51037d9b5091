import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fill } from '#src/lib/fill.ts';
import type { OutboxRow } from './outbox-store.ts';

const MAX_TITLE = 100;

/** Words of an issue. */
export interface IssueWords {
  title: string;
  body: string;
}

/** Texts of threads on the forge. */
export interface ThreadTexts {
  issue(row: OutboxRow, marker: string): IssueWords;
  comment(row: OutboxRow, marker: string, saidFor: string | null): string;
}

/** Reads the texts from `templates/forge/`; `dashboard` is the base of links into the hive. */
export function threadTexts(templates: string, dashboard: string): ThreadTexts {
  const issue = readFileSync(join(templates, 'issue.md'), 'utf8');
  return {
    issue: (row, marker) => ({
      title: `Ask ${row.ask}: ${firstLine(row.question)}`,
      body: fill(issue, {
        question: row.question,
        options: options(row.options),
        asker: row.asker,
        target: row.target,
        answerers: row.target === 'operator' ? 'the operator' : `${row.target} or the operator`,
        deadline:
          row.deadlineAt === null
            ? ''
            : ` until ${new Date(row.deadlineAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
        thread: `${dashboard}/threads/${row.ask}`,
        marker,
      }),
    }),
    comment: (row, marker, saidFor) => `${saidFor === null ? '' : `**${saidFor}**:\n\n`}${row.body}\n\n${marker}`,
  };
}

function firstLine(question: string): string {
  const line = question.trim().split('\n', 1)[0]!.trim();
  return line.length > MAX_TITLE ? `${line.slice(0, MAX_TITLE - 1)}…` : line;
}

function options(list: string[] | null): string {
  return list === null ? '' : `\n${list.map((option) => `- ${option}`).join('\n')}\n`;
}
