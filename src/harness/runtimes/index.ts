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

/** Makes the runtime of that name. */
export function createRuntime(name: RuntimeName, place: TurnPlace, log: Logger): Runtime {
  return CREATE[name](place, log);
}
