import type { IncomingMessage } from 'node:http';
import { toHiveError } from '#src/lib/errors.ts';
import { answerText, clientGone, wantBody } from '../answer.ts';
import type { Service } from '../service-server.ts';
import { type TakenBody, takeBody } from '../take-body.ts';
import { forward } from './forward.ts';
import { type ForgeHooks, type Passage, refuse } from './passage.ts';
import { pushProblem, readPushCommands } from './push-commands.ts';
import type { PushGate } from './push-gate.ts';
import { answerPushRefused } from './push-refusal.ts';
import { type ForgeRoute, findRoute } from './routes.ts';
import { parseTarget } from './target.ts';

/** Bodies up to this size are kept until the forge has answered, so that a request may be sent again with a fresh credential. */
const REPLAYABLE_BYTES = 1024 * 1024;

/** The forge as an agent sees it: git over HTTP, the offered API calls and files, signed in as the agent (DESIGN §5.2). */
export function createForgeService({ hooks, gate }: { hooks: ForgeHooks; gate: PushGate }): Service {
  return {
    async handle(agent, req, res) {
      const target = parseTarget(req.url ?? '');
      if ('problem' in target) return answerText(res, 400, `This address is not in normal form: ${target.problem}.`);
      const signal = clientGone(res);
      const passage: Passage = { agent, req, res, target, hooks, signal };
      const problem = requestProblem(req, hooks.mayReach(agent));
      if (problem) return refuse(passage, problem.status, problem.text);
      const route = findRoute(req.method ?? '', target);
      if (route.kind === 'refused') return refuse(passage, route.status, route.text);
      const leave = await enterGate(passage, route, gate);
      if (!leave) return;
      try {
        await pass(passage, route);
      } finally {
        leave();
      }
    },
  };
}

function requestProblem(req: IncomingMessage, mayReach: boolean): { status: number; text: string } | undefined {
  if (!mayReach) return { status: 403, text: 'This session is over: the hive is replacing this container.' };
  if (req.headers.upgrade !== undefined) return { status: 400, text: 'Upgrades are not offered.' };
  return undefined;
}

/** Waits for an agent's earlier push; undefined when the request was answered because it may not run now. */
async function enterGate(passage: Passage, route: ForgeRoute, gate: PushGate): Promise<(() => void) | undefined> {
  if (route.kind !== 'git' || route.service !== 'push' || route.step !== 'run') return () => undefined;
  try {
    return await gate.enter(passage.agent, passage.signal);
  } catch (error) {
    const { code, message } = toHiveError(error);
    passage.res.setHeader('retry-after', '5');
    refuse(passage, code === 'limited' ? 429 : 503, message);
    return undefined;
  }
}

async function pass(passage: Passage, route: ForgeRoute): Promise<void> {
  const { req, res } = passage;
  const writes = route.kind === 'api' && hasBody(req);
  if (writes && !/^application\/json\b/i.test(req.headers['content-type'] ?? ''))
    return refuse(passage, 415, "Send JSON with -H 'content-type: application/json'.");
  wantBody(req, res);
  const body = await takeBody(req, REPLAYABLE_BYTES);
  const push = route.kind === 'git' && route.service === 'push' && route.step === 'run';
  if (push && refusedPush(passage, body)) return;
  await forward(passage, body);
}

/** Answers and says true when the push asks for more than updates of branches and tags. */
function refusedPush(passage: Passage, { head }: TakenBody): boolean {
  const { req, res } = passage;
  if (req.headers['content-encoding'] !== undefined) {
    refuse(passage, 415, 'Compressed push requests are not offered.');
    return true;
  }
  const commands = readPushCommands(head);
  const problem = 'problem' in commands ? commands.problem : pushProblem(commands);
  if (problem === undefined) return false;
  answerPushRefused(res, 'problem' in commands ? { refs: [], capabilities: [] } : commands, problem);
  return true;
}

function hasBody(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}
