import { resolveByAddress } from '#src/lib/module-addresses.ts';

resolveByAddress();
const { readConfig } = await import('./config.ts');
const { startWeb } = await import('./start.ts');

const web = await startWeb(readConfig(process.env), (line) =>
  process.stdout.write(`${JSON.stringify({ level: 50, time: Date.now(), ...line })}\n`),
);
process.stdout.write(`${JSON.stringify({ msg: 'dashboard up' })}\n`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void web[Symbol.asyncDispose]());
}
