import { plural } from '#src/lib/plural.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Output } from '#src/protocol/method.ts';
import type { FlowMessage, Received } from '#src/protocol/shapes.ts';
import type { AgentView, StateView } from './agent.ts';
import { words } from './markdown.ts';
import { personView } from './person.ts';
import type { PersonView } from './person.ts';
import { oneLine } from './text.ts';
import { threadView } from './thread.ts';
import type { ThreadView } from './thread.ts';
import { timeView } from './time.ts';
import type { TimeView } from './time.ts';

/** What the daemon says of the whole hive in one read. */
export type Overview = Output<typeof methods.overview>;

/** A button that settles something: a form with what it sends. */
export interface ActionView {
  href: string;
  label: string;
  icon: string;
  fields: { name: string; value: string }[];
}

/** Something other than an ask that waits for the operator. */
export interface NoticeView {
  id: string;
  tone: 'needs' | 'bad' | 'held';
  icon: string;
  who: PersonView | null;
  title: string;
  text: string;
  /** A command that settles it, to copy. */
  command: string | null;
  actions: ActionView[];
  /** A page of the forge where it can be settled. */
  link: { href: string; label: string } | null;
  href: string | null;
  at: TimeView | null;
}

/** The strip at the top of the first page. */
export interface NeedsView {
  count: number;
  /** Said by a screen reader when it changes. */
  summary: string;
  /** How many agents are in which state. */
  roster: (StateView & { count: number })[];
  asks: ThreadView[];
  notices: NoticeView[];
  mail: { id: number; from: PersonView; text: string; sent: TimeView; href: string }[];
  mailLabel: string;
}

/** What waits for the operator, most urgent first: asks, what is broken (the hive itself before its parts), dead letters, parked pairs, refused egress, mail. */
export function needsView(overview: Overview, agents: AgentView[], mail: Received[]): NeedsView {
  const { now } = overview;
  const asks = overview.asks.map((ask) => threadView(ask, now));
  const notices = [
    ...healthNotices(overview),
    ...forgeNotices(overview),
    ...agentNotices(overview),
    ...deadNotices(overview),
    ...parkedNotices(overview),
    ...refusedNotices(overview),
  ];
  const plainMail = mail.filter((message) => message.kind !== 'ask' && !isReport(message, overview));
  const count = asks.length + notices.length + (plainMail.length > 0 ? 1 : 0);
  return {
    count,
    summary: count === 0 ? 'Nothing needs you' : `${plural(count, 'thing')} ${count === 1 ? 'needs' : 'need'} you`,
    roster: roster(agents),
    asks,
    notices,
    mail: plainMail.map((message) => ({
      id: message.id,
      from: personView(message.from),
      text: words(message.body, 240),
      sent: timeView(message.sent_at, now),
      href: message.ask === null ? `/messages/${message.id}` : `/threads/${message.ask}`,
    })),
    mailLabel: plural(plainMail.length, 'message'),
  };
}

/** Whether the hive tells of a dead letter or a parked pair that has a notice of its own. */
function isReport({ from, in_reply_to: about }: Received, { dead, parked }: Overview): boolean {
  if (from !== 'system' || about === null) return false;
  return dead.some(({ id }) => id === about) || parked.some(({ chain }) => chain.at(-1)?.id === about);
}

function roster(agents: AgentView[]): NeedsView['roster'] {
  const groups = Map.groupBy(agents, (agent) => agent.state.word);
  return [...groups.values()].map((group) => ({ ...group[0]!.state, count: group.length }));
}

function healthNotices({ disk_ok, alerts }: Overview): NoticeView[] {
  const broken = { tone: 'bad', icon: 'triangle-alert', command: 'hive doctor' } as const;
  const full = notice({
    ...broken,
    id: 'disk',
    title: 'The disk is full',
    text: 'Nothing new is stored; what is stored can be read and acked. The hive goes on by itself when there is space.',
  });
  const wrong = alerts.map((alert, index) =>
    notice({ ...broken, id: `alert-${index}`, title: 'Something is wrong with the hive', text: oneLine(alert, 400) }),
  );
  return disk_ok ? wrong : [full, ...wrong];
}

function forgeNotices({ forge }: Overview): NoticeView[] {
  if (forge.state !== 'down') return [];
  const text = oneLine(
    forge.detail || 'The daemon starts it again by itself. Messages and answers go on meanwhile.',
    200,
  );
  return [
    notice({
      id: 'forge',
      tone: 'bad',
      icon: 'triangle-alert',
      title: 'The forge is down',
      text,
      command: 'hive logs forge',
    }),
  ];
}

function agentNotices(overview: Overview): NoticeView[] {
  const login = overview.agents.filter((agent) => agent.state === 'needs_login');
  const failed = overview.agents.filter((agent) => agent.state === 'failed');
  const notices = failed.map((agent) =>
    notice({
      id: `failed-${agent.name}`,
      tone: 'bad',
      icon: 'circle-x',
      who: personView(agent.name),
      title: 'failed',
      text: oneLine(agent.detail ?? 'its container ended', 200),
      command: `hive agents restart ${agent.name}`,
      href: `/agents/${agent.name}`,
      at: timeView(agent.since, overview.now),
    }),
  );
  if (login.length === 0) return notices;
  const names = login.map((agent) => agent.name).join(', ');
  const text = `${names} ${login.length === 1 ? 'waits' : 'wait'} for a model key or token. No turn starts before, mail is kept.`;
  return [
    ...notices,
    notice({ id: 'login', tone: 'needs', icon: 'key-round', title: 'Sign in to a model', text, command: 'hive login' }),
  ];
}

function deadNotices(overview: Overview): NoticeView[] {
  return overview.dead.map((message) =>
    notice({
      id: `dead-${message.id}`,
      tone: 'bad',
      icon: 'mail-x',
      who: personView(message.to),
      title: `could not handle a message from ${personView(message.from).label}`,
      text: words(message.body, 160),
      actions: [
        deadAction(message, { href: '/dead/retry', label: 'Retry', icon: 'play' }),
        deadAction(message, { href: '/dead/dismiss', label: 'Dismiss', icon: 'circle-x' }),
      ],
      href: `/messages/${message.id}`,
      at: timeView(message.deliveries[0]?.changed_at ?? message.sent_at, overview.now),
    }),
  );
}

function deadAction({ deliveries }: FlowMessage, action: Omit<ActionView, 'fields'>): ActionView {
  const dead = deliveries.filter((delivery) => delivery.state === 'dead' && !delivery.dismissed);
  return { ...action, fields: dead.map(({ id }) => ({ name: 'delivery', value: String(id) })) };
}

function parkedNotices({ parked, now }: Overview): NoticeView[] {
  return parked.map(({ id, parties, since, held, reason, chain }) => {
    const last = chain.at(-1);
    const said = last ? ` Last: “${words(last.excerpt, 120)}”` : '';
    return notice({
      id: `parked-${id}`,
      tone: 'held',
      icon: 'users',
      who: personView(parties[0]),
      title: `and ${personView(parties[1]).label} are parked, ${plural(held, 'message')} held`,
      text: `${oneLine(reason, 200)}.${said}`,
      actions: [
        { href: '/parked/release', label: 'Release', icon: 'play', fields: [{ name: 'pair', value: String(id) }] },
      ],
      href: last ? `/messages/${last.id}` : null,
      at: timeView(since, now),
    });
  });
}

function refusedNotices(overview: Overview): NoticeView[] {
  return overview.refused.map((refused) =>
    notice({
      id: `egress-${refused.agent}-${refused.host}-${refused.port}`,
      tone: 'held',
      icon: 'shield-alert',
      who: personView(refused.agent),
      title: `was refused ${oneLine(refused.host, 100)}:${refused.port}`,
      text: sentence(oneLine(refused.remedy, 300)),
      link: { href: `${overview.urls.forge}/hive/agents/_edit/main/${refused.agent}/agent.yaml`, label: 'Edit' },
      href: `/agents/${refused.agent}`,
      at: timeView(refused.at, overview.now),
    }),
  );
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function notice(parts: Pick<NoticeView, 'id' | 'tone' | 'icon' | 'title' | 'text'> & Partial<NoticeView>): NoticeView {
  return { who: null, command: null, actions: [], link: null, href: null, at: null, ...parts };
}
