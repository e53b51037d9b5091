import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#src/lib/clock.ts';
import type { EdgeHooks } from '../api.ts';
import { answerJson } from '../answer.ts';
import { askUpstream } from '../upstream.ts';
import { createAnswerReader, isEventStream } from './answer-reader.ts';
import { answerHeaders, providerHeaders } from './headers.ts';
import { watchSilence } from './silence.ts';
import { createUsageMeter } from './usage-meter.ts';

/** A call without a byte from the provider for this long is ended (DESIGN §5.3). */
const SILENCE_MS = 120_000;
const SILENCE_TEXT = `The model said nothing for ${SILENCE_MS / 1000} s: the hive ended the call.`;

/** A checked call. */
export interface ModelCall {
  agent: string;
  req: IncomingMessage;
  res: ServerResponse;
  route: 'messages' | 'count_tokens';
  model: string;
  /** The body as JSON. */
  text: string;
  credential: { kind: 'api_key' | 'oauth_token'; value: string };
  hooks: Pick<EdgeHooks, 'modelUpstream' | 'runningTurn' | 'used'>;
  clock: Clock;
  /** Aborted when the caller goes away. */
  signal: AbortSignal;
}

/** Sends the call to the provider, streams the answer through as it comes, and reports what was used, also when it is cut. */
export async function callProvider(call: ModelCall): Promise<void> {
  const { agent, model, res, hooks } = call;
  const meter = createUsageMeter(call.text.length);
  const turn = hooks.runningTurn(agent);
  const quiet = new AbortController();
  const silence = watchSilence(call.clock, SILENCE_MS, () => quiet.abort());
  const signal = AbortSignal.any([call.signal, quiet.signal]);
  let status: number | undefined;
  let streamed = false;
  try {
    const response = await ask(call, signal);
    status = response.statusCode ?? 502;
    streamed = isEventStream(response.headers);
    res.writeHead(status, answerHeaders(response.headers));
    res.flushHeaders();
    const reader = createAnswerReader(response.headers, meter);
    for await (const chunk of response as AsyncIterable<Buffer>) {
      silence.heard();
      reader.chunk(chunk);
      if (!res.write(chunk)) await once(res, 'drain', { signal });
    }
    reader.end();
    res.end();
  } catch (error) {
    endBadly(call, { silent: quiet.signal.aborted, streamed, error });
  } finally {
    silence.end();
    // What was cut before its first byte is paid for all the same; what the provider refused or never got is not.
    const counts = status === 200 || (status === undefined && signal.aborted);
    if (counts && call.route === 'messages') hooks.used({ agent, turn, model, ...meter.usage() });
  }
}

async function ask({ req, route, text, credential, hooks }: ModelCall, signal: AbortSignal): Promise<IncomingMessage> {
  const base = hooks.modelUpstream().replace(/\/+$/, '');
  const path = route === 'messages' ? '/v1/messages' : '/v1/messages/count_tokens';
  const beta = req.url?.endsWith('?beta=true') ? '?beta=true' : '';
  const headers = { ...providerHeaders(req.headers, credential), 'content-type': 'application/json' };
  return askUpstream({ url: new URL(base + path + beta), method: 'POST', headers, head: Buffer.from(text), signal });
}

/** How a call went wrong. */
interface BadEnd {
  silent: boolean;
  streamed: boolean;
  error: unknown;
}

/** Tells the caller in the way it can still be told; an answer that the provider cut is cut. */
function endBadly({ res, signal }: ModelCall, { silent, streamed, error }: BadEnd): void {
  if (signal.aborted) return;
  if (!res.headersSent) {
    const { code } = error as NodeJS.ErrnoException;
    const message = silent ? SILENCE_TEXT : `The model provider cannot be reached${code ? ` (${code})` : ''}.`;
    return answerJson(res, silent ? 504 : 502, { type: 'error', error: { type: 'api_error', message } });
  }
  if (!silent || !streamed) return void res.destroy();
  const event = JSON.stringify({ type: 'error', error: { type: 'api_error', message: SILENCE_TEXT } });
  res.end(`event: error\ndata: ${event}\n\n`);
}
