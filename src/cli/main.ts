import { fail } from './output.ts';
import { createProgram } from './program.ts';

/** Runs one `hive` command; the exit code says how it went (src/cli/exit-codes.ts). */
async function main(): Promise<void> {
  try {
    await createProgram(process.env).parseAsync(process.argv);
  } catch (error) {
    process.exitCode = fail(error);
  }
}

process.stdout.on('error', () => process.exit(0));
await main();
