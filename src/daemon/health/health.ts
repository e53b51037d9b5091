import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { logTrouble } from '../db/index.ts';
import type { Soundness, Writer } from '../db/index.ts';
import type { Health } from './api.ts';
import { Descriptors } from './descriptors.ts';

/** What {@link createHealth} looks at. */
export interface HealthDeps {
  writer: Writer;
  clock: Clock;
  log: Pick<Logger, 'error'>;
  /** Messages whose text was found damaged when somebody was to get it. */
  damagedMessages(): number[];
  /** What the last check of the whole database found; without it nothing is known. */
  soundness?(): Soundness;
  /** Whether the installed hive is still the one that runs. */
  installed?(): string | undefined;
}

/** Looks at the daemon itself when somebody asks; costs nothing in between. */
export function createHealth({
  writer,
  clock,
  log,
  damagedMessages,
  soundness = unknown,
  installed,
}: HealthDeps): Health {
  const descriptors = new Descriptors(clock, log);
  return {
    alerts: () =>
      [
        descriptors.alert(),
        installed?.(),
        writer.read(logTrouble),
        pages(soundness()),
        texts([...damagedMessages(), ...soundness().damaged]),
      ].filter((text) => text !== undefined),
    enter: () => descriptors.enter(),
  };
}

function unknown(): Soundness {
  return { problem: null, damaged: [] };
}

function pages({ problem }: Soundness): string | undefined {
  if (problem === null) return undefined;
  return `the database is damaged (${problem}): hive down, then hive up, which sets it aside and says how to go back to a backup`;
}

function texts(found: number[]): string | undefined {
  if (found.length === 0) return undefined;
  const messages = [...new Set(found)];
  const some = messages.slice(0, 10).join(', ');
  return `the text of ${messages.length} messages was damaged on the disk (${some}): look at the disk, ask their senders to say it again`;
}
