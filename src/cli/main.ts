import { fail } from './output.ts';
import { createProgram } from './program.ts';

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
