import type { RuntimeName } from '#src/protocol/shapes.ts';
import type { Runtime } from './runtime.ts';

/** Keeps the one runtime of a harness; makes another when the configuration names another kind. */
export interface RuntimeHolder extends AsyncDisposable {
  get(name: RuntimeName): Promise<Runtime>;
  warmPids(): number[];
}

/** Builds {@link RuntimeHolder}. */
export function createRuntimeHolder(create: (name: RuntimeName) => Runtime): RuntimeHolder {
  let held: { name: RuntimeName; runtime: Runtime } | undefined;
  return {
    async get(name) {
      if (held?.name !== name) {
        await held?.runtime[Symbol.asyncDispose]();
        held = { name, runtime: create(name) };
      }
      return held.runtime;
    },
    warmPids: () => held?.runtime.warmPids() ?? [],
    async [Symbol.asyncDispose]() {
      await held?.runtime[Symbol.asyncDispose]();
    },
  };
}
