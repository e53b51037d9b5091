import type { Output } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Sender } from '../api.ts';
import type { Core } from '../core.ts';
import { listOpenAsksBy, listOpenAsksTo } from '../stores/ask-store.ts';
import { toThread } from './thread.ts';

/** Open asks of one speaker and open asks that wait for it, oldest first. */
export function asksOf(core: Core, who: Sender, max: number): Output<(typeof methods)['asksList']> {
  return core.writer.read((db) => ({
    mine: listOpenAsksBy(db, who, max).map((row) => toThread(core, row)),
    for_me: listOpenAsksTo(db, who, max).map((row) => toThread(core, row)),
  }));
}
