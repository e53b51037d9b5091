import { freemem, totalmem } from 'node:os';
import type { Logger } from 'pino';
import { sha256 } from '#src/lib/sha256.ts';
import type { HarnessConfig } from '#src/protocol/methods/harness.ts';
import type { TurnPlace } from '../../turn-env.ts';
import { emptyResult } from '../runtime.ts';
import type { Runtime, TurnOrder, TurnResult } from '../runtime.ts';
import { startClaude } from './claude-process.ts';
import type { ClaudeProcess } from './claude-process.ts';
import { exchange } from './exchange.ts';
import { prepareLaunch } from './launch.ts';
import type { ClaudeSession } from './launch.ts';
import { isUnknownSession, outcomeOf } from './outcome.ts';
import type { ClaudeOutcome } from './outcome.ts';
import { currentSession, forgetSession, rememberSession } from './session-file.ts';
import { skillsPrint } from './skills-print.ts';
import { newTranscript } from './transcript.ts';
import type { Transcript } from './transcript.ts';

/** Below this share of free memory no process is kept warm. */
const SHORT_OF_MEMORY = 0.05;

/** A process with what it was started for. */
interface Warm {
  claude: ClaudeProcess;
  /** What it knows: another one is started when this changed. */
  print: string;
  session: ClaudeSession;
}

/** The `claude` runtime: one Claude Code CLI process per agent, kept warm for some minutes after a turn and resumed by its session's id. */
export function createClaudeRuntime(place: TurnPlace, log: Logger): Runtime {
  let warm: Warm | undefined;
  let cooling: NodeJS.Timeout | undefined;
  let limits = 0;

  async function drop(): Promise<void> {
    clearTimeout(cooling);
    const ending = warm?.claude;
    warm = undefined;
    await ending?.end();
  }

  async function ready(config: HarnessConfig): Promise<Warm> {
    clearTimeout(cooling);
    const print = fingerprint(place, config);
    if (warm?.claude.usable && warm.print === print) return warm;
    await drop();
    const session = currentSession(place.harness);
    const launch = prepareLaunch(place, config, session);
    warm = { claude: startClaude({ file: place.env.claude, ...launch, cwd: place.state, log }), print, session };
    log.info({ session: session.id, resume: session.resume, pid: warm.claude.pid }, 'runtime started');
    return warm;
  }

  /** One prompt; a session that the CLI lost is replaced by a new one, once. */
  async function prompt(order: TurnOrder, text: string, transcript: Transcript): Promise<ClaudeOutcome> {
    const { claude, session } = await ready(order.config);
    const died = await exchange(claude, text, transcript, order);
    const { result } = transcript;
    if (result && session.resume && isUnknownSession(result)) {
      forgetSession(place.harness);
      await drop();
      log.warn({ session: session.id }, 'the session is lost: a new one begins');
      return prompt(order, text, transcript);
    }
    if (transcript.consumed) rememberSession(place.harness, session.id);
    session.resume ||= transcript.consumed;
    if (result) return outcomeOf(result, { ...transcript, limits, now: Date.now() });
    return { outcome: 'failed', error: `the runtime ended without a result: ${died}`, resumeAt: null };
  }

  async function run(order: TurnOrder): Promise<TurnResult> {
    if (order.config.login === null) {
      return emptyResult('needs_login', 'no model credential is stored: the operator stores one with: hive login');
    }
    const transcript = newTranscript();
    let end = await prompt(order, order.prompt, transcript);
    if (end.outcome === 'context_full' && !order.signal.aborted) {
      order.onActivity('model', 'making room in the context');
      await prompt(order, '/compact', transcript);
      end = await prompt(order, order.prompt, transcript);
      if (end.outcome === 'context_full') forgetSession(place.harness);
    }
    if (order.signal.aborted) end = { outcome: 'cancelled', error: 'the turn was cancelled', resumeAt: null };
    limits = end.outcome === 'rate_limited' ? limits + 1 : 0;
    await cool(end, transcript);
    const { consumed, seen, model, tokens, tools } = transcript;
    return { ...end, consumed, seen, model, tokens, tools };
  }

  /** Keeps the process for the next turn, unless it would go on by itself or knows too little. */
  async function cool(end: ClaudeOutcome, transcript: Transcript): Promise<void> {
    const { claude } = warm ?? {};
    const keep = claude?.usable && transcript.background === 0 && end.outcome !== 'context_full';
    if (!keep || freemem() < SHORT_OF_MEMORY * totalmem() || place.env.warmMs === 0) return drop();
    claude.listener = () => void drop();
    cooling = setTimeout(() => void drop(), place.env.warmMs);
    cooling.unref();
  }

  return {
    run,
    warmPids: () => (warm?.claude.pid === undefined ? [] : [warm.claude.pid]),
    [Symbol.asyncDispose]: drop,
  };
}

function fingerprint(place: TurnPlace, { model, prompt, login }: HarnessConfig): string {
  return sha256(JSON.stringify([model, prompt, login, skillsPrint(place.env.docsDir)]));
}
