import type { HiveEvent } from '#src/protocol/events.ts';

/** One thing that happens in the demo, seen in the daemon's events (never taken on a script's word). */
export interface Step {
  name: string;
  /** The event that shows it. */
  seen(event: HiveEvent): boolean;
  /** Page where a person can look at it. */
  url(event: HiveEvent, base: { forge: string; dashboard: string }): string;
}

const greeter = (forge: string, rest = ''): string => `${forge}/alice/greeter${rest}`;

/** An ask opened by `asker` for `target`. */
function asked(asker: string, target: string): Pick<Step, 'seen' | 'url'> {
  return {
    seen: (event) =>
      event.type === 'ask.changed' && event.state === 'open' && event.asker === asker && event.target === target,
    url: (event, { dashboard }) => (event.type === 'ask.changed' ? `${dashboard}/threads/${event.ask}` : dashboard),
  };
}

/** Something on alice's pull request. */
function acted(agent: string, kind: string): Pick<Step, 'seen' | 'url'> {
  return {
    seen: (event) => event.type === 'forge.acted' && event.agent === agent && event.kind === kind,
    url: (event, { forge }) => (event.type === 'forge.acted' ? event.url : greeter(forge)),
  };
}

/** A push of alice's to `ref`. */
function pushed(ref: string): Pick<Step, 'seen' | 'url'> {
  return {
    seen: (event) => event.type === 'forge.pushed' && event.repository === 'alice/greeter' && event.ref === ref,
    url: (event, { forge }) => (event.type === 'forge.pushed' ? event.url : greeter(forge)),
  };
}

/** The demo's story. Events of the forge come by webhook, whose order is not promised, so steps are ticked off as they are seen. */
export const STORY: readonly Step[] = [
  { name: 'the operator asks the manager for a small change', ...asked('operator', 'manager') },
  { name: 'the manager asks alice', ...asked('manager', 'alice') },
  { name: 'alice creates a repository by pushing', ...pushed('main') },
  { name: 'alice pushes a branch', ...pushed('greet') },
  { name: 'alice opens a pull request', ...acted('alice', 'pull_request') },
  { name: 'alice asks bob for a review', ...asked('alice', 'bob') },
  { name: 'bob requests a change', ...acted('bob', 'review') },
  { name: 'alice pushes the change', ...pushed('greet') },
  { name: 'bob approves', ...acted('bob', 'review') },
  { name: 'alice merges', ...acted('alice', 'merge') },
  {
    name: 'a reminder fires for the manager',
    seen: (event) => event.type === 'reminder.fired' && event.agent === 'manager',
    url: (_event, { dashboard }) => `${dashboard}/agents/manager`,
  },
  {
    name: 'the manager answers the operator',
    seen: (event) => event.type === 'ask.changed' && event.state === 'answered' && event.asker === 'operator',
    url: (event, { dashboard }) => (event.type === 'ask.changed' ? `${dashboard}/threads/${event.ask}` : dashboard),
  },
];
