import { pausing } from './set-paused.ts';

/** `POST /agents/:name/resume`: turns start again. */
export const postResume = pausing(false);
