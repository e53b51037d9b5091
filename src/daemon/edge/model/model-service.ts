import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#src/lib/clock.ts';
import type { EdgeHooks } from '../api.ts';
import { clientGone, wantBody } from '../answer.ts';
import type { Service } from '../service-server.ts';
import { createSlots, type TakeSlot } from '../slots.ts';
import { callProvider, type ModelCall } from './call-provider.ts';
import { checkModelRequest } from './check-request.ts';
import { readRequest } from './read-request.ts';
import { answerRefusal, forbidden, noLogin, type Refusal, tooLarge, tooMany } from './refusals.ts';

/** Calls an agent may have under way: a turn with subagents has a handful. */
const MOST_CALLS = 16;
const MOST_LARGE_CALLS = 4;
const ROUTES: Record<string, ModelCall['route']> = {
  '/model/anthropic/v1/messages': 'messages',
  '/model/anthropic/v1/messages/count_tokens': 'count_tokens',
};

type ModelHooks = Pick<EdgeHooks, 'mayReach' | 'runningTurn' | 'models' | 'modelCredential' | 'modelUpstream' | 'used'>;

/** One call on its way to the provider. */
interface Passage {
  agent: string;
  req: IncomingMessage;
  res: ServerResponse;
  hooks: ModelHooks;
  clock: Clock;
  takeLargeSlot: TakeSlot;
}

/** The model route: messages and token counts of provider `anthropic`, with the hive's credential, checked and metered (DESIGN §5.3). */
export function createModelService({ hooks, clock }: { hooks: ModelHooks; clock: Clock }): Service {
  const takeSlot = createSlots(MOST_CALLS);
  const takeLargeSlot = createSlots(MOST_LARGE_CALLS);
  return {
    async handle(agent, req, res) {
      const refusal = requestRefusal(agent, req, hooks);
      if (refusal) return answerRefusal(res, refusal);
      const done = takeSlot(agent);
      if (!done) return answerRefusal(res, tooMany(`${MOST_CALLS} calls of yours are under way: wait for one to end.`));
      try {
        await pass({ agent, req, res, hooks, clock, takeLargeSlot });
      } finally {
        done();
      }
    },
  };
}

async function pass({ agent, req, res, hooks, clock, takeLargeSlot }: Passage): Promise<void> {
  const signal = clientGone(res);
  wantBody(req, res);
  const read = await readRequest(req, agent, takeLargeSlot);
  if ('tooLarge' in read) return answerRefusal(res, tooLarge(read.tooLarge));
  if ('tooMany' in read) return answerRefusal(res, tooMany(read.tooMany));
  try {
    const checked = checkModelRequest(read.body, hooks.models(agent));
    if ('problem' in checked) return answerRefusal(res, forbidden(`The hive refuses this call: ${checked.problem}.`));
    const credential = hooks.modelCredential();
    if (!credential) return answerRefusal(res, noLogin());
    const route = routeOf(req) ?? 'messages';
    // Sent as it was read: a second "model" in the same object would mean another one to another parser.
    const text = JSON.stringify(read.body);
    await callProvider({ agent, req, res, route, model: checked.model, text, credential, hooks, clock, signal });
  } finally {
    read.done();
  }
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
