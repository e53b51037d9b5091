import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HarnessConfig } from '#src/protocol/methods/harness.ts';
import type { HarnessEnv } from './config.ts';

/** Loopback ports of the container's services. */
export interface LoopbackPorts {
  model: number;
  egress: number;
  mcp: number;
}

/** What every process of a turn gets as environment; nothing else of the harness's own passes. */
export interface TurnPlace {
  env: HarnessEnv;
  state: string;
  harness: string;
  ports: LoopbackPorts;
}

/** The environment of a process that runs in a turn (`turn` null = outside of one, as for `hive agents exec`). */
export function turnEnvironment(place: TurnPlace, config: HarnessConfig, turn: number | null): Record<string, string> {
  const proxy = `http://127.0.0.1:${place.ports.egress}`;
  const direct = '127.0.0.1,localhost,::1';
  return {
    PATH: place.env.path,
    HOME: place.state,
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    USER: config.agent,
    HIVE_AGENT: config.agent,
    HIVE_SOCKET: place.env.socket,
    HIVE_FORGE: `http://${config.forge.host}:${config.forge.port}`,
    ...(turn === null ? {} : { HIVE_TURN: String(turn) }),
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NO_PROXY: direct,
    no_proxy: direct,
    GIT_CONFIG_SYSTEM: join(place.harness, 'gitconfig'),
    GIT_TERMINAL_PROMPT: '0',
    ...(place.env.compileCache && { NODE_COMPILE_CACHE: place.env.compileCache }),
    NODE_COMPILE_CACHE: join(place.harness, 'node-compile'),
  };
}

/**
 * Writes what git needs to know about the agent. It stands in the place of the system's configuration, so that the agent's own `~/.gitconfig` may overrule it.
 * The forge credential is not here: the edge adds it.
 */
export function writeGitConfig(place: TurnPlace, agent: string): void {
  const lines = [
    '[user]',
    `\tname = ${agent}`,
    `\temail = ${agent}@hive.invalid`,
    '[init]',
    '\tdefaultBranch = main',
    '[push]',
    '\tautoSetupRemote = true',
    '[pull]',
    '\trebase = true',
    '[credential]',
    '\thelper =',
    '[advice]',
    '\tdetachedHead = false',
  ];
  writeFileSync(join(place.harness, 'gitconfig'), `${lines.join('\n')}\n`);
}
