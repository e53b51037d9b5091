import type { Clock } from '#src/lib/clock.ts';
import type { Writer } from '../db/api.ts';
import type { Containers } from './api.ts';
import { findEnd } from './containers-store.ts';
import type { ContainerEnd } from './engine.ts';
import type { Watch } from './watch.ts';

/** What containers are ended with. */
export interface EndingInputs {
  watch: Watch;
  writer: Writer;
  clock: Clock;
}

/** The ways to end a container; both answer with the recorded end when it is gone already. */
export function createEnding({ watch, writer, clock }: EndingInputs): Pick<Containers, 'stop' | 'kill'> {
  async function kill(session: number): Promise<ContainerEnd> {
    return (await watch.kill(session)) ?? recordedEnd(session);
  }

  async function stop(session: number, graceMs: number): Promise<ContainerEnd> {
    const ended = watch.terminate(session);
    if (ended === null) return recordedEnd(session);
    let cancel = (): void => undefined;
    const late = new Promise<null>((resolve) => (cancel = clock.after(graceMs, () => resolve(null))));
    const end = await Promise.race([ended, late]);
    cancel();
    return end ?? kill(session);
  }

  function recordedEnd(session: number): ContainerEnd {
    return writer.read((db) => findEnd(db, session)) ?? { exitCode: null, reason: 'there was no container' };
  }

  return { stop, kill };
}
