import { methods } from '#src/protocol/methods/index.ts';
import type { Handler } from '../../web.ts';
import { settleDead } from './settle.ts';

/** `POST /dead/dismiss`: takes the named dead letters from the list; refused with the reasons when none of them can be. */
export const postDismiss: Handler = (web) =>
  settleDead(async (deliveries, session) => {
    const { dismissed, refused } = await web.daemon.call(methods.deadDismiss, { deliveries }, session);
    return { done: dismissed, refused };
  });
