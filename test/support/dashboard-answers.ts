import type { Thread } from '#src/protocol/shapes.ts';
import type { Answers } from './dashboard.ts';
import { agentRow, flowMessage, NOW, overview, reminder, thread, turn } from './hive-views.ts';

/** A small hive in which alice asks: answers for every page of the dashboard. `asks` may be changed while it runs. */
export function smallHive(asks: Thread[] = [thread({ options: ['yes', 'no'] })]): Answers {
  const agents = [agentRow('alice', { role: 'backend' }), agentRow('bob')];
  return {
    overview: () => overview({ agents, asks, threads: asks, flow: [flowMessage(1)] }),
    inbox: () => ({ messages: [], remaining: 0 }),
    agent_show: () => ({
      ...{ agent: agents[0], turns: [turn()], messages: [flowMessage(1)], egress: [], refused: [] },
      ...{ reminders: [reminder()], reminder_counts: { fired: 2, attempts: 3, delivered: 2 } },
    }),
    threads_list: () => ({ threads: asks }),
    thread_show: () => ({ thread: asks[0] ?? thread(), messages: [] }),
    messages: () => ({ messages: [flowMessage(1)], more: false }),
    send: () => ({ id: 5, recipients: ['alice'], parked: false, note: null }),
    set_paused: () => ({}),
    answer: ({ id, text }: { id: number; text: string }) => {
      asks.length = 0;
      return { id, accepted: true, state: 'answered', answer: text, answered_by: 'operator', note: null };
    },
    sign_in_begin: () => ({ url: 'http://127.0.0.1:7001/login/oauth/authorize?state=x', flow: 'a-flow' }),
    sign_in_finish: () => ({ session: 'a-good-session', expires_at: NOW + 1e9, return_to: '/threads' }),
    sign_out: () => ({}),
  };
}
