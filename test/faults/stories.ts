import type { Act } from './acts.ts';

/** What a process does to a hive; the acts of one round are under way at the same time. */
export interface Story {
  /** From which home it starts: nothing, the common one, or one whose log is nearly due to be moved into the database. */
  home: 'none' | 'common' | 'long log';
  /** Done before faults are planted. */
  before?: Act[][];
  rounds: Act[][];
  /** The process ends in order: everything is closed. */
  closes?: boolean;
  /** Opening the database is part of what is tested. */
  opens?: boolean;
  /** There are newer migrations than those that made the home. */
  migrates?: boolean;
  /** Only calls on this file are tested: each thread's calls are counted on their own, so another thread's would be hit as well. */
  only?: string;
}

const send = (from: string, to: string, body: string): Act => ({ do: 'send', from, to, body });
const ask = (from: string, to: string, body: string, seconds?: number): Act => ({
  ...{ do: 'ask', from, to, body },
  ...(seconds !== undefined && { seconds }),
});
const next = (agent: string): Act => ({ do: 'next', agent });
const end = (agent: string, outcome: 'ok' | 'failed' | 'cancelled'): Act => ({ do: 'end', agent, outcome });
const resume: Act = { do: 'session', agent: 'bob' };

const DAY_MS = 86_400_000;

/** What every common home holds before a story begins. */
export const COMMON: Act[][] = [
  [{ do: 'agents' }],
  [resume],
  [send('alice', 'bob', 'waits 1'), send('carol', 'bob', 'waits 2'), send('operator', 'bob', 'waits 3')],
  [send('alice', 'bob', 'waits 4'), send('bob', 'operator', 'read me')],
  [
    ask('alice', 'bob', 'asked before'),
    ask('bob', 'operator', 'asked the operator'),
    ask('carol', 'alice', 'late', 60),
  ],
  [{ do: 'remind', from: 'carol', body: 'remember 1', seconds: 60 }],
  [{ do: 'remind', from: 'bob', body: 'remember 2', seconds: 61 }],
];

/** One story per kind of call that stores something. */
export const CALLS: Record<string, Story> = {
  create: { home: 'none', opens: true, rounds: [[{ do: 'agents' }], [send('alice', 'bob', 'first')]] },
  open: { home: 'common', opens: true, rounds: [[send('alice', 'bob', 'after opening')]] },
  send: {
    home: 'common',
    rounds: [
      [send('alice', 'bob', 'one'), send('carol', 'bob', 'two'), send('operator', 'alice', 'three')],
      [send('carol', 'operator', 'four')],
      [send('alice', 'bob', `five ${'long '.repeat(4000)}`)],
    ],
  },
  broadcast: { home: 'common', rounds: [[send('operator', '*', 'all 1'), send('alice', '*', 'all 2')]] },
  recv: {
    home: 'common',
    before: [[resume]],
    rounds: [[next('bob')], [{ do: 'recv', agent: 'bob', max: 2 }], [{ do: 'presented', agent: 'bob' }]],
  },
  ack: {
    home: 'common',
    before: [[resume], [next('bob')]],
    rounds: [
      [end('bob', 'ok'), send('alice', 'bob', 'meanwhile')],
      [next('bob')],
      [end('bob', 'failed')],
      [{ do: 'pass', ms: 5000 }],
      [next('bob')],
      [end('bob', 'failed')],
      [{ do: 'inbox' }],
    ],
  },
  ask: {
    home: 'common',
    rounds: [
      [ask('alice', 'bob', 'is it?'), ask('bob', 'operator', 'may I?')],
      [ask('operator', 'carol', 'when?', 600)],
    ],
  },
  answer: {
    home: 'common',
    rounds: [
      [
        { do: 'answer', from: 'bob', ask: 'asked before', body: 'it is' },
        { do: 'answer', from: 'operator', ask: 'asked the operator', body: 'you may' },
      ],
      [{ do: 'cancel', from: 'carol', ask: 'late' }],
    ],
  },
  remind: {
    home: 'common',
    rounds: [
      [
        { do: 'remind', from: 'alice', body: 'later 1', seconds: 30 },
        { do: 'remind', from: 'bob', body: 'later 2', seconds: 90 },
      ],
    ],
  },
  fire: { home: 'common', rounds: [[{ do: 'pass', ms: 60_000 }], [{ do: 'pass', ms: 60_000 }]] },
  retention: {
    home: 'common',
    before: [
      [resume],
      [next('bob')],
      [send('alice', 'bob', 'old 1'), send('operator', 'bob', 'old 2'), send('operator', 'carol', 'unread for days')],
      [{ do: 'recv', agent: 'bob', max: 20 }],
      [end('bob', 'ok')],
      [{ do: 'pass', ms: 2 * DAY_MS }],
    ],
    rounds: [[{ do: 'retain' }], [send('alice', 'carol', 'after retention')]],
  },
  meter: { home: 'common', rounds: [[{ do: 'meter', agent: 'alice', tokens: 7 }]] },
  checkpoint: {
    home: 'long log',
    only: 'hive.db',
    rounds: [
      [send('alice', 'bob', 'before the checkpoint')],
      [send('carol', 'bob', `at the checkpoint ${'long '.repeat(8000)}`)],
      [{ do: 'moved' }],
      [send('alice', 'bob', 'after the checkpoint')],
    ],
  },
  close: { home: 'common', closes: true, rounds: [[send('alice', 'bob', 'last')]] },
  migrate: { home: 'common', opens: true, migrates: true, rounds: [[send('alice', 'bob', 'migrated')]] },
};

/** A whole life of a hive, from its first file on. */
const LIFE: Story = {
  home: 'none',
  opens: true,
  rounds: [
    ...COMMON,
    ...['send', 'broadcast', 'ack', 'answer', 'remind', 'fire'].flatMap((name) => CALLS[name]?.rounds ?? []),
    [{ do: 'session', agent: 'carol' }, next('carol')],
    [end('carol', 'ok')],
  ],
};

/** Every story by its name. */
export const STORIES: Record<string, Story> = { ...CALLS, life: LIFE };
