import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hiveHome, runFolder } from '#src/protocol/home.ts';

/** Socket of the agent inside its container. */
export const CONTAINER_SOCKET = '/run/hive/hive.sock';

/** What a command knows about where it runs; the environment is read here and nowhere else in the CLI. */
export interface Environment {
  home: string;
  /** Whether `--home` chose it: hints then do, too. */
  homeOption: boolean;
  run: string;
  uid: number;
  /** The agent's socket when the command speaks as an agent, else null: then it speaks as the operator. */
  agentSocket: string | null;
  hostSocket: string;
  /** The running turn, inside one. */
  turn: number | null;
  env: NodeJS.ProcessEnv;
}

/** `--home` before `HIVE_HOME`; inside a container the agent's own socket (`HIVE_SOCKET`, else `/run/hive/hive.sock`). */
export function readEnvironment(env: NodeJS.ProcessEnv, homeOption: string | undefined): Environment {
  const uid = process.getuid?.() ?? 0;
  const home = hiveHome(homeOption ? { ...env, HIVE_HOME: homeOption } : env, uid);
  const run = runFolder(home, env, uid);
  const inside = homeOption ? null : (env['HIVE_SOCKET'] ?? (existsSync(CONTAINER_SOCKET) ? CONTAINER_SOCKET : null));
  const turn = Number(env['HIVE_TURN']);
  return {
    home,
    homeOption: homeOption !== undefined,
    run,
    uid,
    agentSocket: inside,
    hostSocket: join(run, 'host.sock'),
    turn: Number.isInteger(turn) && turn > 0 ? turn : null,
    env,
  };
}
