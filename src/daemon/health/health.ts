import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { logTrouble } from '../db/index.ts';
import type { Writer } from '../db/index.ts';
import type { Health } from './api.ts';
import { Descriptors } from './descriptors.ts';

/** What {@link createHealth} looks at. */
export interface HealthDeps {
  writer: Writer;
  clock: Clock;
  log: Pick<Logger, 'error'>;
  /** Messages whose text was found damaged. */
  damagedMessages(): number[];
}

/** Looks at the daemon itself when somebody asks; costs nothing in between. */
export function createHealth({ writer, clock, log, damagedMessages }: HealthDeps): Health {
  const descriptors = new Descriptors(clock, log);
  return {
    alerts: () =>
      [descriptors.alert(), writer.read(logTrouble), damage(damagedMessages())].filter((text) => text !== undefined),
    enter: () => descriptors.enter(),
  };
}

function damage(messages: number[]): string | undefined {
  if (messages.length === 0) return undefined;
  const some = messages.slice(0, 10).join(', ');
  return `the text of ${messages.length} messages was damaged on the disk (${some}): look at the disk, ask their senders to say it again`;
}
