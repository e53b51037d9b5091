import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#src/lib/clock.ts';
import type { EdgeHooks } from '../api.ts';
import { answerJson, clientGone, wantBody } from '../answer.ts';
import type { Service } from '../service-server.ts';
import { takeBody } from '../take-body.ts';
import { callProvider, type ModelCall } from './call-provider.ts';
import { checkModelRequest } from './check-request.ts';

/** Anthropic's own limit of a request. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** Calls an agent may have under way: a turn with subagents has a handful. */
const MOST_CALLS = 16;
const ROUTES: Record<string, ModelCall['route']> = {
  '/model/anthropic/v1/messages': 'messages',
  '/model/anthropic/v1/messages/count_tokens': 'count_tokens',
};

/** What the way to a model provider needs from others. */
export type ModelHooks = Pick<
  EdgeHooks,
  'mayReach' | 'runningTurn' | 'models' | 'modelCredential' | 'modelUpstream' | 'used'
>;

/** A refusal in Anthropic's shape: the type decides what its clients do. */
interface Refusal {
  status: number;
  type: string;
  message: string;
}

/** The model route: messages and token counts of provider `anthropic`, with the hive's credential, checked and metered (DESIGN §5.3). */
export function createModelService(deps: { hooks: ModelHooks; clock: Clock }): Service {
  const calls = new Map<string, number>();
  return {
    async handle(agent, req, res) {
      const under = calls.get(agent) ?? 0;
      const refusal = under >= MOST_CALLS ? tooMany(under) : requestRefusal(agent, req, deps.hooks);
      if (refusal) return answerRefusal(res, refusal);
      calls.set(agent, under + 1);
      try {
        await take(agent, { req, res, ...deps });
      } finally {
        const left = (calls.get(agent) ?? 1) - 1;
        if (left > 0) calls.set(agent, left);
        else calls.delete(agent);
      }
    },
  };
}

async function take(
  agent: string,
  { req, res, hooks, clock }: { req: IncomingMessage; res: ServerResponse; hooks: ModelHooks; clock: Clock },
): Promise<void> {
  const signal = clientGone(res);
  wantBody(req, res);
  const { head, rest } = await takeBody(req, MAX_BODY_BYTES);
  if (rest)
    return answerRefusal(res, { status: 413, type: 'request_too_large', message: 'A request is at most 32 MiB.' });
  const body = parseJson(head);
  const checked = checkModelRequest(body, hooks.models(agent));
  if ('problem' in checked) return answerRefusal(res, forbidden(`The hive refuses this call: ${checked.problem}.`));
  const credential = hooks.modelCredential();
  if (!credential) return answerRefusal(res, noLogin());
  const route = routeOf(req) ?? 'messages';
  // Sent as it was read: a second "model" in the same object would mean another one to another parser.
  const text = JSON.stringify(body);
  await callProvider({ agent, req, res, route, model: checked.model, text, credential, hooks, clock, signal });
}

function requestRefusal(agent: string, req: IncomingMessage, hooks: ModelHooks): Refusal | undefined {
  if (!hooks.mayReach(agent)) return forbidden('This session is over: the hive is replacing this container.');
  if (req.headers.upgrade !== undefined) return forbidden('Upgrades are not offered.');
  if (req.method !== 'POST' || routeOf(req) === undefined)
    return forbidden('Offered are POST /model/anthropic/v1/messages and /v1/messages/count_tokens alone.');
  return undefined;
}

/** The Claude Code CLI adds `?beta=true`; nothing else has a meaning here. */
function routeOf(req: IncomingMessage): ModelCall['route'] | undefined {
  return ROUTES[(req.url ?? '').replace(/\?beta=true$/, '')];
}

function answerRefusal(res: ServerResponse, { status, type, message }: Refusal): void {
  answerJson(res, status, { type: 'error', error: { type, message } });
}

function forbidden(message: string): Refusal {
  return { status: 403, type: 'permission_error', message };
}

function noLogin(): Refusal {
  const message = 'The hive has no model credential: the operator runs `hive login` on the host.';
  return { status: 401, type: 'authentication_error', message };
}

function tooMany(under: number): Refusal {
  const message = `${under} model calls of yours are under way: wait for one of them to end.`;
  return { status: 429, type: 'rate_limit_error', message };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
