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

process.stdout.on('error', () => process.exit(0));
await main();
