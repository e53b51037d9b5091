import type { Method } from '#src/protocol/method.ts';
import type { Handler } from './api.ts';

/** Ties a method to the function that serves it; the compiler checks that they fit. */
export function handler<M extends Method>(method: M, handle: Handler<M>['handle']): Handler {
  return { method, handle };
}
