import { methods } from '#src/protocol/methods/index.ts';
import { withRetry } from '#src/protocol/retry.ts';
import type { Hive } from './hive.ts';

const START_MS = 10_000;

/** What a command in a container printed and how it ended. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs a command in an agent's container, as what runs in its turns: same user, same view, same environment. */
export async function runInside(hive: Hive, agent: string, argv: string[]): Promise<Ran> {
  const printed = { stdout: '', stderr: '' };
  const { promise, resolve } = Promise.withResolvers<number>();
  const client = await hive.operator();
  // A container that is just starting takes its first order a moment after its agent is idle.
  const order = () =>
    client.stream(methods.exec, { name: agent, argv }, (event) => {
      if (event.type === 'exit') resolve(event.exit_code);
      else printed[event.stream] += event.data;
    });
  await withRetry(order, { budgetMs: START_MS });
  const gone = client.closed.then(() => Promise.reject(new Error(`the daemon went away: ${argv.join(' ')}`)));
  return { code: await Promise.race([promise, gone]), out: printed.stdout, err: printed.stderr };
}

/** Runs a shell script in an agent's container. */
export function shellInside(hive: Hive, agent: string, script: string): Promise<Ran> {
  return runInside(hive, agent, ['bash', '-c', script]);
}
