import { execa } from 'execa';
import type { RunOwn } from './api.ts';
import { HELPER_ENV } from './system-path.ts';

/** Runs one of the hive's own programs by this Node, as the daemon's user. */
export const runOwn: RunOwn = async (script, args, signal) => {
  const { stdout } = await execa(process.execPath, [script, ...args], {
    cwd: '/',
    env: HELPER_ENV,
    extendEnv: false,
    stdin: 'ignore',
    cancelSignal: signal,
    killSignal: 'SIGKILL',
  });
  return stdout;
};
