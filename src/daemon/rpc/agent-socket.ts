import type { Socket } from 'node:net';
import { HiveError } from '#src/lib/errors.ts';
import { encodeLine, FirstLine, parseLine } from '#src/lib/json-lines.ts';
import { type AgentService, serviceLine } from '#src/protocol/frames.ts';
import type { Broker } from '../broker/api.ts';
import type { Edge } from '../edge/api.ts';
import { lastWord } from './last-word.ts';

/** A peer has this long to say which service it wants. */
const FIRST_LINE_MS = 5000;
const MAX_FIRST_LINE_BYTES = 256;

/** The answer to a first line that is taken. */
export const WELCOME = encodeLine({ ok: true });

/** Where a connection on an agent's socket can go. */
export interface AgentDoors {
  agent: string;
  broker: Pick<Broker, 'mayReach'>;
  edge: Pick<Edge, 'serve'>;
  /** Says {@link WELCOME} and serves JSON lines; `begun` is what came of them already. */
  speak(socket: Socket, begun: Buffer): void;
}

/** Reads the first line of a connection on an agent's socket and hands it to the service it names; who it is was decided by the socket. */
export function acceptAgent(socket: Socket, doors: AgentDoors): void {
  const first = new FirstLine(MAX_FIRST_LINE_BYTES);
  let waits = true;
  const leave = (): void => {
    waits = false;
    clearTimeout(late);
    socket.off('data', onData).off('end', onEnd).off('close', leave).off('error', drop);
  };
  const refuse = (error: unknown): void => {
    leave();
    lastWord(socket, error);
  };
  const onData = (chunk: Buffer): void => {
    try {
      const found = first.push(chunk);
      if (!found) return;
      const service = serviceOf(found.line, doors);
      leave();
      welcome(socket, service, found.rest, doors);
    } catch (error) {
      refuse(error);
    }
  };
  const onEnd = (): void => refuse(new HiveError('unavailable', 'the connection ended before its first line did'));
  const drop = (): void => void socket.destroy();
  const slow = (): void =>
    refuse(new HiveError('unavailable', `no service was named within ${FIRST_LINE_MS / 1000} s: try again`));
  // Timers come first in a loop that was held up: what came meanwhile is read before anybody is called slow.
  const late = setTimeout(() => setImmediate(() => waits && slow()), FIRST_LINE_MS).unref();
  socket.on('data', onData).on('end', onEnd).on('close', leave).on('error', drop);
}

/** Throws `invalid` when the line names none, `unavailable` when nothing but a new session's calls is taken from the agent. */
function serviceOf(line: string, { agent, broker }: AgentDoors): AgentService {
  const parsed = serviceLine.safeParse(parseLine(line));
  if (!parsed.success) throw new HiveError('invalid', 'the first line names the service: {"hive":1,"service":"rpc"}');
  const { service } = parsed.data;
  if (service === 'rpc' || broker.mayReach(agent)) return service;
  throw new HiveError('unavailable', `the session of ${agent} is being replaced: nothing more is accepted from it`);
}

function welcome(socket: Socket, service: AgentService, rest: Buffer, { agent, edge, speak }: AgentDoors): void {
  if (service === 'rpc') return speak(socket, rest);
  socket.write(WELCOME);
  socket.pause();
  if (rest.length > 0) socket.unshift(rest);
  edge.serve(agent, service, socket);
  socket.resume();
}
