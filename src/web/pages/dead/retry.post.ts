import { methods } from '#src/protocol/methods/index.ts';
import type { Handler } from '../../web.ts';
import { settleDead } from './settle.ts';

/** `POST /dead/retry`: queues the named dead letters again; refused with the reasons when none of them can be. */
export const postRetry: Handler = (web) =>
  settleDead(async (deliveries, session) => {
    const { retried, refused } = await web.daemon.call(methods.deadRetry, { deliveries }, session);
    return { done: retried, refused };
  });
