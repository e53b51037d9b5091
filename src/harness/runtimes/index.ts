import type { Logger } from 'pino';
import type { RuntimeName } from '#src/protocol/shapes.ts';
import type { TurnPlace } from '../turn-env.ts';
import { createCommandRuntime } from './command/command-runtime.ts';
import type { Runtime } from './runtime.ts';

/** Makes the runtime of that name. */
export function createRuntime(name: RuntimeName, place: TurnPlace, log: Logger): Runtime {
  void name;
  return createCommandRuntime(place, log);
}
