import type { Output } from './method.ts';
import type { methods } from './methods/index.ts';

/** The forge's state in words, and what that state does not say. */
export function forgeWords({
  state,
  detail,
}: Pick<Output<(typeof methods)['status']>['forge'], 'state' | 'detail'>): string {
  return detail && detail !== state ? `${state}: ${detail}` : state;
}
