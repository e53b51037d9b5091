import type { Core } from '../core.ts';
import { inBackground } from '../in-background.ts';
import { noteWords } from '../search/note-words.ts';
import { noteParties } from './note-parties.ts';

/** Notes in the background what makes messages findable: whose they are, and their words. */
export function noteSoon(core: Core): void {
  const problem = 'messages were not made findable';
  inBackground(core, noteParties(core), problem);
  inBackground(core, noteWords(core), problem);
}
