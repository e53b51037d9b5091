import { pausing } from './set-paused.ts';

/** `POST /agents/:name/pause`: no new turn starts; mail waits. */
export const postPause = pausing(true);
