import { dirname } from 'node:path';
import { startTestForge } from './forge.ts';

// A process with a forge, for tests that kill it: prints where things are once the forge is up, then only waits.
const { config, forge, database } = await startTestForge();
const folders = [config.home, dirname(database.file)];
process.stdout.write(`${JSON.stringify({ folders, url: forge.url(), pid: forge.state().pid })}\n`);
