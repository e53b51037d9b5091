import { createEvents } from '#src/daemon/events/index.ts';
import { createScheduler } from '#src/daemon/scheduler/index.ts';
import type { Scheduler } from '#src/daemon/scheduler/index.ts';
import type { TestBroker } from './broker.ts';

/** A real scheduler over a test's broker, not yet started. */
export function createTestScheduler({ broker, hive }: TestBroker): Scheduler {
  const { writer, clock, log } = hive;
  return createScheduler({
    writer,
    clock,
    log,
    events: createEvents(hive),
    hooks: broker,
    works: [broker.askDeadlines],
  });
}
