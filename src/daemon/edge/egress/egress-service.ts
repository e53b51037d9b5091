import type { Socket } from 'node:net';
import { toHiveError } from '#src/lib/errors.ts';
import { specialAddressOf } from '#src/lib/special-address.ts';
import type { EdgeHooks } from '../api.ts';
import { answerText, clientGone, wantBody } from '../answer.ts';
import type { Service } from '../service-server.ts';
import { dial, type Outside } from './dial.ts';
import { type HostTarget, isAllowed, parseAbsolute, parseAuthority } from './host-target.ts';
import { passPlain } from './pass-plain.ts';
import { joinTunnel } from './tunnel.ts';

/** What the way to the outside needs from others. */
export type EgressHooks = Pick<EdgeHooks, 'mayReach' | 'egress' | 'refused'>;

/** A request that does not leave. */
interface Refusal {
  status: number;
  text: string;
}

const NOTHING_ALLOWS = 'nothing allows it: the hive dials public addresses only';

/** The proxy to the outside: CONNECT and plain HTTP, for the hosts the agent was given (DESIGN §5.4). What is refused says which line would allow it. */
export function createEgressService({ hooks, outside }: { hooks: EgressHooks; outside: Outside }): Service {
  const reach = async (agent: string, target: HostTarget, signal: AbortSignal): Promise<Socket | Refusal> => {
    const refusal = refusalOf(agent, target, hooks);
    return refusal ?? dial(target, outside, signal).catch((error: unknown) => failure(agent, target, { error, hooks }));
  };
  return {
    async handle(agent, req, res) {
      const target = parseAbsolute(req.url ?? '');
      if ('problem' in target) return answerText(res, 403, `The hive refuses this: ${target.problem}.`);
      if (req.headers.upgrade !== undefined) return answerText(res, 403, 'Upgrades go through CONNECT.');
      const reached = await reach(agent, target, clientGone(res));
      if ('status' in reached) return answerText(res, reached.status, reached.text);
      wantBody(req, res);
      await passPlain({ req, res, target, socket: reached });
    },
    async connect(agent, req, socket, head) {
      const gone = new AbortController();
      socket.once('close', () => gone.abort());
      const target = parseAuthority(req.url ?? '');
      const reached =
        'problem' in target
          ? { status: 403, text: `The hive refuses this: ${target.problem}.` }
          : await reach(agent, target, gone.signal);
      if ('status' in reached) return endWith(socket, reached);
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      joinTunnel(socket, reached, head);
    },
  };
}

function refusalOf(agent: string, { host, port }: HostTarget, hooks: EgressHooks): Refusal | undefined {
  if (!hooks.mayReach(agent))
    return { status: 403, text: 'This session is over: the hive is replacing this container.' };
  if (isAllowed(host, hooks.egress(agent))) return undefined;
  if (specialAddressOf(host) !== undefined) {
    hooks.refused(agent, host, port, NOTHING_ALLOWS);
    return { status: 403, text: `The hive refuses ${host}:${port}: ${NOTHING_ALLOWS}.` };
  }
  const line = `add "- ${host}" below egress: in ${agent}/agent.yaml of the repository hive/agents`;
  hooks.refused(agent, host, port, `to allow it, ${line}`);
  return {
    status: 403,
    text: `The hive refuses ${host}:${port}: it is not on your egress list. To allow it, the operator can ${line}.`,
  };
}

function failure(
  agent: string,
  { host, port }: HostTarget,
  { error, hooks }: { error: unknown; hooks: EgressHooks },
): Refusal {
  const { code, message } = toHiveError(error);
  if (code !== 'forbidden') return { status: 502, text: message };
  hooks.refused(agent, host, port, NOTHING_ALLOWS);
  return { status: 403, text: message };
}

/** Most clients show a refused CONNECT's status line and drop its body: the reason stands in both. */
function endWith(socket: Socket, { status, text }: Refusal): void {
  const reason = text.replace(/[^\x20-\x7e]/g, '?');
  const length = Buffer.byteLength(text) + 1;
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${text}\n`,
  );
}
