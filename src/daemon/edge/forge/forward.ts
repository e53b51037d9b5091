import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { HiveError } from '#src/lib/errors.ts';
import type { TakenBody } from '../take-body.ts';
import { askUpstream } from '../upstream.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import { type Passage, refuse } from './passage.ts';

/** Sends a request on with the agent's credential and streams the answer back; a refused credential is minted again once. */
export async function forward(passage: Passage, body: TakenBody): Promise<void> {
  const { res, hooks, signal } = passage;
  const response = await ask(passage, body).catch((error: unknown) => {
    if (!signal.aborted) unavailable(passage, error);
    return undefined;
  });
  if (!response) return;
  if (response.statusCode === 401) {
    response.destroy();
    return refuse(passage, 502, 'The forge did not accept your account just now: try again in a few seconds.');
  }
  res.writeHead(response.statusCode ?? 502, responseHeaders(response, hooks.forgeUrl()));
  // The client sees a cut connection as what it is: nobody is left to tell.
  await pipeline(response, res).catch(() => undefined);
}

async function ask(passage: Passage, body: TakenBody): Promise<IncomingMessage> {
  const response = await askOnce(passage, body, false);
  if (response.statusCode !== 401 || body.rest) return response;
  response.destroy();
  return askOnce(passage, body, true);
}

async function askOnce(
  { agent, req, target, hooks, signal }: Passage,
  body: TakenBody,
  fresh: boolean,
): Promise<IncomingMessage> {
  const credential = await hooks.forgeCredential(agent, fresh);
  return askUpstream({
    url: new URL(target.path + target.search, hooks.forgeUrl()),
    method: req.method ?? 'GET',
    headers: requestHeaders(req.headers, credential),
    ...body,
    signal,
  });
}

function unavailable(passage: Passage, error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  const reason = error instanceof HiveError ? `: ${error.message}` : code ? ` (${code})` : '';
  passage.res.setHeader('retry-after', '3');
  refuse(passage, 503, `The forge does not answer right now${reason}. Try again in a few seconds.`);
}
