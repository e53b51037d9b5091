import type { Logger } from 'pino';
import type { RuntimeName } from '#src/protocol/shapes.ts';
import type { TurnPlace } from '../turn-env.ts';
import { createClaudeRuntime } from './claude/claude-runtime.ts';
import { createCommandRuntime } from './command/command-runtime.ts';
import type { Runtime } from './runtime.ts';

const CREATE: Record<RuntimeName, (place: TurnPlace, log: Logger) => Runtime> = {
  claude: createClaudeRuntime,
  command: createCommandRuntime,
};

/** Messages that a turn of each begins with at most. A script that looks at the first one only would have the others acked with it. */
const BURST: Record<RuntimeName, number> = { claude: 4, command: 1 };

/** Messages that a turn of this runtime begins with at most. */
export function burstOf(name: RuntimeName): number {
  return BURST[name];
}

/** Makes the runtime of that name. */
export function createRuntime(name: RuntimeName, place: TurnPlace, log: Logger): Runtime {
  return CREATE[name](place, log);
}
