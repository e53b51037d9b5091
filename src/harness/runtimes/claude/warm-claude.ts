import { freemem, totalmem } from 'node:os';
import type { Logger } from 'pino';
import { sha256 } from '#src/lib/sha256.ts';
import type { HarnessConfig } from '#src/protocol/methods/harness.ts';
import type { TurnPlace } from '../../turn-env.ts';
import { startClaude } from './claude-process.ts';
import type { ClaudeProcess } from './claude-process.ts';
import { prepareLaunch } from './launch.ts';
import type { ClaudeSession } from './launch.ts';
import { currentSession } from './session-file.ts';
import { skillsPrint } from './skills-print.ts';

/** Below this share of free memory no process is kept warm. */
const SHORT_OF_MEMORY = 0.05;

/** A process with the session it goes on with. */
export interface RunningClaude {
  claude: ClaudeProcess;
  session: ClaudeSession;
}

/** The one CLI process of an agent, kept for some minutes after a turn. */
export interface WarmClaude {
  /** The warm process while it still knows what it should (prompt, model, login, skills), else a new one. */
  get(config: HarnessConfig): Promise<RunningClaude>;
  /** The turn is over: keeps the process for the next one where memory allows. */
  cool(): Promise<void>;
  /** Ends it; resolves when it is gone. */
  drop: () => Promise<void>;
  pid(): number | undefined;
}

/** Builds {@link WarmClaude}; the first `get` starts the process. */
export function createWarmClaude(place: TurnPlace, log: Logger): WarmClaude {
  let held: (RunningClaude & { print: string }) | undefined;
  let cooling: NodeJS.Timeout | undefined;

  async function drop(): Promise<void> {
    clearTimeout(cooling);
    const ending = held?.claude;
    held = undefined;
    await ending?.end();
  }

  async function get(config: HarnessConfig): Promise<RunningClaude> {
    clearTimeout(cooling);
    const print = fingerprint(place, config);
    if (held?.claude.usable && held.print === print) return held;
    await drop();
    const session = currentSession(place.harness);
    const launch = prepareLaunch(place, config, session);
    held = { claude: startClaude({ file: place.env.claude, ...launch, cwd: place.state, log }), print, session };
    log.info({ session: session.id, resume: session.resume, pid: held.claude.pid }, 'runtime started');
    return held;
  }

  async function cool(): Promise<void> {
    if (!held?.claude.usable || freemem() < SHORT_OF_MEMORY * totalmem() || place.env.warmMs === 0) return drop();
    // Whatever it says between turns is a turn of its own that nobody leased anything to.
    held.claude.listener = () => void drop();
    cooling = setTimeout(() => void drop(), place.env.warmMs);
    cooling.unref();
  }

  return { get, cool, drop, pid: () => held?.claude.pid };
}

function fingerprint(place: TurnPlace, { model, prompt, login }: HarnessConfig): string {
  return sha256(JSON.stringify([model, prompt, login, skillsPrint(place.env.docsDir)]));
}
