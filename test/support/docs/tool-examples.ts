import { received } from '../harness.ts';

/** A call whose result the reference shows, and what the hive answers to it. */
export interface ToolExample {
  input: Record<string, unknown>;
  answers: Record<string, object>;
}

const NINE = Date.UTC(2026, 11, 1, 9);
const minutesAgo = (minutes: number): number => Date.now() - minutes * 60_000;

const thread = {
  options: null,
  multi: false,
  state: 'open',
  deadline_at: null,
  answer: null,
  answered_by: null,
  answered_at: null,
};
const reminder = { agent: 'alice', set_by: 'alice', created_at: NINE, due_at: NINE, cron: null, timezone: null };

/** One example per tool: alice speaks. */
export function toolExamples(): Record<string, ToolExample> {
  return { ...ofMessages(), ...ofAsks(), ...ofReminders(), ...ofHerself() };
}

function ofMessages(): Record<string, ToolExample> {
  return {
    send: {
      input: { to: 'bob', body: 'The health check is in alice/api, pull request 3.', in_reply_to: 40 },
      answers: { send: { id: 41, recipients: ['bob'], parked: false, note: null } },
    },
    recv: {
      input: { max: 2 },
      answers: {
        recv: {
          messages: [
            received(7, { id: 42, body: 'Thanks, I look at it today.', in_reply_to: 41, sent_at: NINE }),
            received(8, { id: 43, from: 'operator', body: 'Release on Friday.', broadcast: true, sent_at: NINE }),
          ],
          remaining: 1,
          note: null,
        },
      },
    },
  };
}

function ofAsks(): Record<string, ToolExample> {
  return {
    ask: {
      input: { question: 'May the release wait for the health check?', options: ['yes', 'no'], deadline: '2h' },
      answers: { ask: { id: 12, message: 44, thread: 'http://127.0.0.1:7001/org-shared/threads/issues/9' } },
    },
    answer: {
      input: { id: 11, text: 'main' },
      answers: { answer: { id: 11, accepted: true, state: 'answered', answer: 'main', answered_by: 'alice', note: null } },
    },
    list_asks: {
      input: {},
      answers: {
        asks_list: {
          for_me: [
            {
              ...thread,
              ...{ id: 11, asker: 'bob', target: 'alice', question: 'Which branch is the release?' },
              ...{ asked_at: minutesAgo(5), url: 'http://127.0.0.1:7001/org-shared/threads/issues/8' },
            },
          ],
          mine: [
            {
              ...thread,
              ...{ id: 12, asker: 'alice', target: 'operator', options: ['yes', 'no'], asked_at: minutesAgo(61) },
              ...{ question: 'May the release wait for the health check?', deadline_at: minutesAgo(-61) },
              url: 'http://127.0.0.1:7001/org-shared/threads/issues/9',
            },
          ],
        },
      },
    },
    cancel_ask: { input: { id: 12 }, answers: { ask_cancel: { id: 12, state: 'cancelled' } } },
  };
}

function ofReminders(): Record<string, ToolExample> {
  return {
    remind: {
      input: { message: 'Look whether the nightly build passed.', cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' },
      answers: { remind: { id: 5, due_at: NINE, cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' } },
    },
    list_reminders: {
      input: {},
      answers: {
        reminders_list: {
          reminders: [{ ...reminder, id: 6, message: 'Ask bob for his review of pull request 3.' }],
        },
      },
    },
    cancel_reminder: {
      input: { id: 6 },
      answers: { reminder_cancel: { ...reminder, id: 6, message: 'Ask bob for his review of pull request 3.' } },
    },
  };
}

function ofHerself(): Record<string, ToolExample> {
  return {
    whoami: {
      input: {},
      answers: {
        whoami: {
          ...{ name: 'alice', role: 'writes the backend', manager: false, status_text: null },
          ...{ forge: 'http://127.0.0.1:7001', threads: 'http://127.0.0.1:7001/org-shared/threads' },
          peers: [
            { name: 'manager', role: 'splits the work' },
            { name: 'bob', role: 'reviews' },
          ],
          egress: ['example.org'],
        },
      },
    },
    set_status: { input: { text: 'adding the health check' }, answers: { set_status: {} } },
  };
}
