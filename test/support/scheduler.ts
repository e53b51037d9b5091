import { guards } from '#src/daemon/config.ts';
import type { Guards } from '#src/daemon/config.ts';
import { createEvents } from '#src/daemon/events/index.ts';
import { createScheduler } from '#src/daemon/scheduler/index.ts';
import type { Scheduler } from '#src/daemon/scheduler/index.ts';
import type { TestBroker } from './broker.ts';

/** A real scheduler over a test's broker, not yet started; its host is in Berlin. */
export function createTestScheduler(
  { broker, hive }: TestBroker,
  limits: Partial<Guards['reminders']> = {},
): Scheduler {
  const { writer, clock, log } = hive;
  return createScheduler({
    writer,
    clock,
    log,
    events: createEvents(hive),
    hooks: broker,
    works: [broker.askDeadlines],
    limits: { ...guards.parse({}).reminders, ...limits },
    zone: 'Europe/Berlin',
  });
}

/** Texts of the reminders that wait for an agent, in their order. */
export async function arrivedReminders(hive: TestBroker, agent: string): Promise<string[]> {
  const { messages } = await hive.broker.recv(agent, { max: 32 }, new AbortController().signal);
  return messages.filter((message) => message.kind === 'reminder').map((message) => message.body);
}
