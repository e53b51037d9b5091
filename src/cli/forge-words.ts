import type { Output } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';

/** The forge's state, and what that state does not say. */
export function forgeWords({ state, detail }: Output<(typeof methods)['status']>['forge']): string {
  return detail && detail !== state ? `${state}: ${detail}` : state;
}
