import { resolveByAddress } from '#src/lib/module-addresses.ts';

resolveByAddress();
const { fail } = await import('./output.ts');
const { createProgram } = await import('./program.ts');

/** Runs one `hive` command; the exit code says how it went (src/cli/exit-codes.ts). */
async function main(): Promise<void> {
  try {
    const program = await createProgram(process.env, process.argv.slice(2));
    await program.parseAsync(process.argv);
  } catch (error) {
    process.exitCode = fail(error);
  }
}

// Nobody reads on: a command that has more to do than to print listens too, and ends by itself.
process.stdout.on('error', () => {
  if (process.stdout.listenerCount('error') === 1) process.exit(0);
});
process.stderr.on('error', () => undefined);
await main();
