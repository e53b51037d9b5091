import { HiveError } from '#src/lib/errors.ts';
import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Core } from '../core.ts';
import { speakingTurn } from '../messages/speaker.ts';
import { touch } from './serve.ts';
import { takeMail } from './take-mail.ts';
import type { MailCall } from './take-mail.ts';

type Recv = (typeof methods)['recv'];

/** Takes waiting mail into the running turn, or shows it when no turn is named; waits for the first one when asked to. */
export function recv(core: Core, agent: string, input: Parsed<Recv>, signal: AbortSignal): Promise<Output<Recv>> {
  const call = { agent, turn: input.turn ?? null, max: input.max, key: input.key };
  if (input.wait_seconds && input.max > 0) return waitForMail(core, call, input.wait_seconds * 1000, signal);
  return core.writer.write(agent, (tx) => {
    speakingTurn(tx, agent, input.turn);
    return takeMail(core, tx, call);
  });
}

async function waitForMail(core: Core, call: MailCall, ms: number, signal: AbortSignal): Promise<Output<Recv>> {
  const { agent, turn } = call;
  const { waiter, promise } = core.waiters.mail(call, signal);
  const look = core.writer.write(agent, (tx) => {
    speakingTurn(tx, agent, turn ?? undefined);
    touch(core, tx, agent);
  });
  look.catch((error: unknown) => waiter.reject(error));
  const giveUp = (): void => {
    const remaining = core.writer.read((db) => core.backlogs.count({ db }, agent));
    waiter.resolve({ messages: [], remaining, note: null, earlier: [] });
  };
  return promise.finally(core.clock.after(ms, giveUp));
}

/** The refusal for a turn that is not the agent's running one. */
export function noSuchTurn(agent: string, turn: number): HiveError {
  return new HiveError('not_found', `turn ${turn} is not the running turn of ${agent}`);
}
