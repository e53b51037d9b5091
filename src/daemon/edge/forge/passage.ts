import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, answerText } from '../answer.ts';
import type { EdgeHooks } from '../api.ts';
import type { Target } from './target.ts';

/** What the way to the forge needs from others. */
export type ForgeHooks = Pick<EdgeHooks, 'forgeUrl' | 'forgeCredential' | 'mayReach'>;

/** One request on its way to the forge. */
export interface Passage {
  agent: string;
  req: IncomingMessage;
  res: ServerResponse;
  target: Target;
  hooks: ForgeHooks;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
}

/** Ends a request at the edge: API clients get Gitea's own error shape, everybody else text (git prints it). */
export function refuse({ res, target }: Pick<Passage, 'res' | 'target'>, status: number, text: string): void {
  if (target.segments[0] === 'api') answerJson(res, status, { message: text });
  else answerText(res, status, text);
}
