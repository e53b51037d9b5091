import type { HiveEvent } from '#src/protocol/events.ts';
import { findLatestSeq, findOldestSeq, listEventsAfter } from '../db/index.ts';
import type { GroupWriter } from '../db/index.ts';
import type { Logger } from 'pino';
import type { Events } from './api.ts';

/** What the published sequence needs. */
export interface EventsDeps {
  writer: Pick<GroupWriter, 'read' | 'onEvents'>;
  log: Pick<Logger, 'error'>;
}

/** Builds {@link Events} over the rows that the writer's operations emit. */
export function createEvents({ writer, log }: EventsDeps): Events {
  const listeners = new Set<(event: HiveEvent) => void>();
  let latest = writer.read(findLatestSeq);
  writer.onEvents((events) => {
    for (const event of events) {
      latest = event.seq;
      for (const listener of listeners) tell(listener, event);
    }
  });

  function tell(listener: (event: HiveEvent) => void, event: HiveEvent): void {
    try {
      listener(event);
    } catch (error) {
      log.error({ err: error, type: event.type }, 'event listener failed');
    }
  }

  return {
    latest: () => latest,
    after: (seq, max) => writer.read((db) => listEventsAfter(db, seq, max)),
    oldest: () => writer.read(findOldestSeq),
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
