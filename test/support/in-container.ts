import { methods } from '#src/protocol/methods/index.ts';
import { withRetry } from '#src/protocol/retry.ts';
import type { Hive } from './hive.ts';

/** Longest wait for a container that is just coming back. */
const READY_MS = 30_000;

/** Runs `argv` in an agent's container as that agent and answers what it printed; throws with its stderr when it fails. */
export async function inContainer(hive: Hive, agent: string, argv: string[]): Promise<string> {
  const said = { stdout: '', stderr: '' };
  const ended = Promise.withResolvers<number>();
  const begin = async (): Promise<{ ended: Promise<void> }> =>
    (await hive.operator()).stream(methods.exec, { name: agent, argv }, (event) => {
      if (event.type === 'exit') ended.resolve(event.exit_code);
      else said[event.stream] += event.data;
    });
  const { value: stream } = await withRetry(begin, { budgetMs: READY_MS });
  stream.ended.then(() => ended.resolve(-1), ended.reject);
  const code = await ended.promise;
  if (code !== 0) throw new Error(`${argv.join(' ')} in ${agent} ended with ${code}: ${said.stderr}${said.stdout}`);
  return said.stdout;
}
