import { toHiveError } from '#src/lib/errors.ts';
import { readSetupConfig } from './config.ts';
import { runSetup } from './run.ts';
import { claudeStep } from './steps/claude.ts';
import { giteaStep } from './steps/gitea.ts';
import { hostStep } from './steps/host.ts';
import { nodeStep } from './steps/node.ts';
import { usernsStep } from './steps/userns.ts';

/** Brings the parts a host lacks; prints the lines of src/protocol/setup.ts. Exit codes: 0 ok, 1 failed, 2 wrong arguments, 130 interrupted. */
async function main(): Promise<void> {
  process.umask(0o022);
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort());
  process.on('SIGTERM', () => stop.abort());
  process.stdout.on('error', () => stop.abort());
  const config = readSetupConfig(process.argv.slice(2), process.env, process.getuid?.() ?? 0);
  const ok = await runSetup([usernsStep, hostStep, nodeStep, giteaStep, claudeStep], config, {
    print: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
    now: () => performance.now(),
    signal: stop.signal,
  });
  if (!ok) process.exitCode = stop.signal.aborted ? 130 : 1;
}

try {
  await main();
} catch (error) {
  process.stdout.write(`${JSON.stringify({ refused: toHiveError(error).message })}\n`);
  process.exitCode = 2;
}
