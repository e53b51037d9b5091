import type { Logger } from 'pino';
import type { TurnPlace } from '../../turn-env.ts';
import { emptyResult } from '../runtime.ts';
import type { Runtime, TurnOrder, TurnResult } from '../runtime.ts';
import { exchange } from './exchange.ts';
import { isUnknownSession, outcomeOf } from './outcome.ts';
import type { ClaudeOutcome } from './outcome.ts';
import { forgetSession, rememberSession } from './session-file.ts';
import { newTranscript } from './transcript.ts';
import type { Transcript } from './transcript.ts';
import { createWarmClaude } from './warm-claude.ts';

/** The `claude` runtime: one Claude Code CLI process per agent, kept warm for some minutes after a turn and resumed by its session's id. */
export function createClaudeRuntime(place: TurnPlace, log: Logger): Runtime {
  const warm = createWarmClaude(place, log);
  let limits = 0;

  /** One prompt; a session that the CLI lost is replaced by a new one, once. */
  async function prompt(order: TurnOrder, text: string, transcript: Transcript): Promise<ClaudeOutcome> {
    const { claude, session } = await warm.get(order.config);
    const died = await exchange(claude, text, transcript, order);
    const { result } = transcript;
    if (result && session.resume && isUnknownSession(result)) {
      log.warn({ session: session.id }, 'the session is lost: a new one begins');
      forgetSession(place.harness);
      await warm.drop();
      return prompt(order, text, transcript);
    }
    if (transcript.consumed) rememberSession(place.harness, session.id);
    session.resume ||= transcript.consumed;
    if (result) return outcomeOf(result, { ...transcript, limits, now: Date.now() });
    return { outcome: 'failed', error: `the runtime ended without a result: ${died}`, resumeAt: null };
  }

  /** A full context is compacted and the prompt tried once more; a session that stays too full is given up. */
  async function promptWithRoom(order: TurnOrder, transcript: Transcript): Promise<ClaudeOutcome> {
    const end = await prompt(order, order.prompt, transcript);
    if (end.outcome !== 'context_full' || order.signal.aborted) return end;
    order.onActivity('model', 'making room in the context');
    await prompt(order, '/compact', transcript);
    const again = await prompt(order, order.prompt, transcript);
    if (again.outcome === 'context_full') forgetSession(place.harness);
    return again;
  }

  async function run(order: TurnOrder): Promise<TurnResult> {
    if (order.config.login === null) {
      return emptyResult('needs_login', 'no model credential is stored: the operator stores one with: hive login');
    }
    const transcript = newTranscript();
    let end = await promptWithRoom(order, transcript);
    if (order.signal.aborted) end = { outcome: 'cancelled', error: 'the turn was cancelled', resumeAt: null };
    limits = end.outcome === 'rate_limited' ? limits + 1 : 0;
    if (transcript.background > 0 || end.outcome === 'context_full') await warm.drop();
    else await warm.cool();
    const { consumed, seen, model, tokens, tools } = transcript;
    return { ...end, consumed, seen, toldAll: true, model, tokens, tools };
  }

  return {
    run,
    warmPids: () => [warm.pid() ?? []].flat(),
    [Symbol.asyncDispose]: warm.drop,
  };
}
