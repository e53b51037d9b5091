import type { Core } from '../core.ts';
import { noteWords } from '../search/note-words.ts';
import { noteParties } from './note-parties.ts';

/** Notes in the background what makes messages findable: whose they are, and their words. */
export function noteSoon(core: Core): void {
  const failed = (error: unknown): void => core.log.error({ err: error }, 'messages were not made findable');
  noteParties(core).catch(failed);
  noteWords(core).catch(failed);
}
