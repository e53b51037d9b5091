import { plural } from '#src/lib/plural.ts';
import type { FlowMessage } from '#src/protocol/shapes.ts';
import { textView } from './markdown.ts';
import type { TextView } from './markdown.ts';
import { personView } from './person.ts';
import type { PersonView } from './person.ts';
import { timeView } from './time.ts';
import type { TimeView } from './time.ts';

/** How far a message got, the least far of its deliveries. */
export interface DeliveryView {
  word: string;
  icon: string;
  tone: string;
  title: string;
}

/** One delivery: to whom, how far, since when. */
export interface DeliveryLineView {
  id: number;
  recipient: PersonView;
  state: Omit<DeliveryView, 'title'>;
  detail: string;
  changed: TimeView;
}

/** One message of the flow. */
export interface MessageView {
  id: number;
  from: PersonView;
  to: PersonView;
  kind: string;
  icon: string | null;
  /** Reminders, forge events and the hive's own lines are shown faint. */
  faint: boolean;
  text: TextView;
  sent: TimeView;
  delivery: DeliveryView | null;
  ask: number | null;
  href: string;
}

const ICONS: Record<FlowMessage['kind'], string | null> = {
  message: null,
  ask: 'circle-help',
  answer: 'check',
  reminder: 'alarm-clock',
  forge: 'git-pull-request',
  system: 'zap',
};

const STAGES: [FlowMessage['deliveries'][number]['state'], Omit<DeliveryView, 'title'>][] = [
  ['dead', { word: 'dead letter', icon: 'mail-x', tone: 'bad' }],
  ['parked', { word: 'parked', icon: 'clock', tone: 'held' }],
  ['queued', { word: 'waiting', icon: 'clock', tone: 'quiet' }],
  ['leased', { word: 'being read', icon: 'check', tone: 'good' }],
  ['acked', { word: 'handled', icon: 'check-check', tone: 'quiet' }],
];

/** A message as the flow shows it, seen from `now`; `whole` shows a long text complete. */
export function messageView(message: FlowMessage, now: number, options: { whole?: boolean } = {}): MessageView {
  return {
    id: message.id,
    from: personView(message.from),
    to: personView(message.to),
    kind: message.kind,
    icon: ICONS[message.kind],
    faint: message.kind === 'reminder' || message.kind === 'forge' || message.kind === 'system',
    text: textView(message.body, options),
    sent: timeView(message.sent_at, now),
    delivery: deliveryView(message),
    ask: message.ask,
    href: `/messages/${message.id}`,
  };
}

/** One delivery as the message's own page shows it. */
export function deliveryLine(delivery: FlowMessage['deliveries'][number], now: number): DeliveryLineView {
  const view = STAGES.find(([state]) => state === delivery.state)?.[1] ?? STAGES[2]![1];
  const seen = delivery.presented && delivery.state === 'leased' ? 'seen by its turn' : '';
  const dismissed = delivery.dismissed ? 'dismissed by the operator' : '';
  const attempts = delivery.attempts > 0 ? plural(delivery.attempts, 'failed attempt') : '';
  return {
    id: delivery.id,
    recipient: personView(delivery.recipient),
    state: view,
    detail: [seen, dismissed, attempts].filter(Boolean).join(', '),
    changed: timeView(delivery.changed_at, now),
  };
}

function deliveryView(message: FlowMessage): DeliveryView | null {
  for (const [state, view] of STAGES) {
    const those = message.deliveries.filter((delivery) => delivery.state === state);
    if (those.length === 0) continue;
    const who = those.map((delivery) => personView(delivery.recipient).label).join(', ');
    const again = Math.max(...those.map((delivery) => delivery.attempts));
    return { ...view, title: `${view.word}: ${who}${again > 1 ? `, attempt ${again}` : ''}` };
  }
  return null;
}
