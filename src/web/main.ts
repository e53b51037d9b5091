import { readConfig } from './config.ts';
import { startWeb } from './start.ts';

const web = await startWeb(readConfig(process.env), (line) => process.stdout.write(`${JSON.stringify(line)}\n`));
process.stdout.write(`${JSON.stringify({ msg: 'dashboard up' })}\n`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void web[Symbol.asyncDispose]());
}
