import { methods } from '#src/protocol/methods/index.ts';
import { agentView } from '../../views/agent.ts';
import { messageView } from '../../views/message.ts';
import { remindersView } from '../../views/reminders.ts';
import { oneLine } from '../../views/text.ts';
import { threadView } from '../../views/thread.ts';
import { timeView } from '../../views/time.ts';
import { turnView } from '../../views/turn.ts';
import { named } from '../params.ts';
import type { Page } from '../page.ts';

/** `/agents/:name`: one agent's turns, messages, asks, reminders and reach. */
export const agentPage: Page = {
  path: '/agents/:name',
  async load({ daemon, session, params, overview }) {
    const shown = await daemon.call(methods.agentShow, { name: named(params.name) }, session);
    const { now } = overview;
    const agent = agentView(shown.agent, overview.asks, now);
    const { name } = agent.person;
    const asks = overview.asks.filter((ask) => ask.asker === name).map((ask) => threadView(ask, now));
    const refused = shown.refused.map((line) => ({
      host: `${oneLine(line.host, 100)}:${line.port}`,
      remedy: oneLine(line.remedy, 300),
      at: timeView(line.at, now),
    }));
    const total = shown.agent.reminders;
    const reminders = remindersView(shown.reminders, { total, counts: shown.reminder_counts, now });
    return {
      title: name,
      section: 'hive',
      template: 'pages/agent',
      data: { name, forgeUrl: agent.forgeUrl, configUrl: `${overview.urls.forge}/hive/agents/src/branch/main/${name}` },
      parts: [
        { name: 'agent', template: 'parts/agent-head', data: { agent } },
        { name: 'asks', template: 'parts/agent-asks', data: { asks } },
        { name: 'turns', template: 'parts/turns', data: { turns: shown.turns.map((turn) => turnView(turn, now)) } },
        {
          name: 'messages',
          template: 'parts/messages',
          data: { messages: shown.messages.map((message) => messageView(message, now)), name },
        },
        { name: 'reminders', template: 'parts/reminders', data: { name, ...reminders } },
        { name: 'reach', template: 'parts/reach', data: { name, egress: shown.egress, refused } },
      ],
    };
  },
};
