import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerError, answerStream, answerWhole } from './model/answer.ts';
import { type ModelMessage, pickStep, type Step } from './model/script.ts';

export { script } from './model/script.ts';

/** A request as the scripted model got it. */
export interface RecordedRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  /** Parsed JSON, or the text when it was none. */
  body: unknown;
  /** Set when the response is over: `finished` is false when the client went away before. */
  ended?: { finished: boolean };
}

/** A stand-in for the Anthropic Messages API on loopback: the prompt carries the script of its answers (test/support/model/script.ts). */
export interface ScriptedModel extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`: what goes where the provider's address goes. */
  url: string;
  requests: RecordedRequest[];
}

/** Starts one on a free port. */
export async function startScriptedModel(): Promise<ScriptedModel> {
  const requests: RecordedRequest[] = [];
  const tries = new Map<string, number>();
  const server = createServer((req, res) => {
    record(req, res, requests)
      .then((recorded) => answer({ req, res, recorded, number: requests.length, tries }))
      .catch(() => res.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function record(
  req: IncomingMessage,
  res: ServerResponse,
  requests: RecordedRequest[],
): Promise<RecordedRequest> {
  const text = Buffer.concat(await req.toArray()).toString();
  const recorded: RecordedRequest = {
    method: req.method ?? '',
    url: req.url ?? '',
    headers: req.headers,
    body: parse(text),
  };
  requests.push(recorded);
  res.once('close', () => {
    recorded.ended = { finished: res.writableFinished };
  });
  return recorded;
}

async function answer(exchange: {
  req: IncomingMessage;
  res: ServerResponse;
  recorded: RecordedRequest;
  number: number;
  tries: Map<string, number>;
}): Promise<void> {
  const { req, res, recorded, number, tries } = exchange;
  const path = recorded.url.split('?')[0] ?? '';
  const body = recorded.body as { messages?: ModelMessage[]; stream?: boolean; model?: unknown };
  if (path.endsWith('/count_tokens')) {
    res.writeHead(200, { 'content-type': 'application/json' });
    return void res.end(JSON.stringify({ input_tokens: Math.ceil(JSON.stringify(body).length / 4) }));
  }
  if (req.method !== 'POST' || !path.endsWith('/v1/messages'))
    return answerError({ res, number }, { status: 404, type: 'not_found_error', message: `no ${path}` });
  const { step: scripted, key } = pickStep(body.messages ?? []);
  const tried = tries.get(key) ?? 0;
  tries.set(key, tried + 1);
  const step: Step =
    scripted.times !== undefined && tried >= scripted.times ? { text: scripted.then ?? 'recovered' } : scripted;
  if (step.status) return answerError({ res, number }, step);
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  if (step.hang) await sleep(step.hang, undefined, { signal: gone.signal });
  const given = { res, step, number, model: body.model, signal: gone.signal };
  return body.stream ? answerStream(given) : answerWhole(given);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
