import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Uids } from '../host/api.ts';
import type { AgentContainer } from './api.ts';
import type { Bind, ContainerSpec } from './engine.ts';
import type { Paths } from './paths.ts';

/** What of the installed hive a container sees. */
const INSTALLED = ['src', 'templates', 'hooks', 'node_modules', 'package.json'];
/** Inside: `hive`, `node`, then the host's programs. */
const PATH = '/opt/bin:/opt/node/bin:/usr/local/bin:/usr/bin:/bin';

/** What a spec is made from, beside the agent. */
export interface SpecInputs {
  config: Pick<Config, 'install' | 'parts'>;
  paths: Paths;
  uids: Uids;
}

/** The id of a session's container. */
export function containerId(agent: string, session: number): string {
  return `${agent}-${session}`;
}

/** What an engine is told to run for an agent: the harness, with everything it may see and nothing else (DESIGN §11). */
export function containerSpec(container: AgentContainer, inputs: SpecInputs): ContainerSpec {
  const { agent, config, session } = container;
  const { paths, uids } = inputs;
  const id = containerId(agent, session);
  const uid = uids.hostUid(container.uid);
  return {
    id,
    hostname: agent,
    uid,
    sharedGid: uid === null ? null : uids.sharedGid,
    argv: ['/opt/node/bin/node', '--disable-warning=ExperimentalWarning', '/opt/hive/src/harness/main.ts'],
    env: environment(agent),
    cwd: `/agents/${agent}/state`,
    binds: [...agentBinds(agent, paths), ...programBinds(inputs.config)],
    stdin: `${container.nonce}\n`,
    logFile: paths.log(agent),
    recordDir: paths.record(id),
    limits: {
      memoryMb: config.limits.memory_mb,
      processes: config.limits.processes,
      cpuPercent: config.limits.cpu_percent,
    },
  };
}

function environment(agent: string): Record<string, string> {
  return {
    HOME: `/agents/${agent}/state`,
    PATH,
    LANG: 'C.UTF-8',
    USER: 'agent',
    LOGNAME: 'agent',
    SHELL: '/bin/bash',
    HIVE_AGENT: agent,
    HIVE_SOCKET: '/run/hive/hive.sock',
    HIVE_CONTAINER: '1',
    NODE_COMPILE_CACHE: `/agents/${agent}/harness/node-compile`,
  };
}

function agentBinds(agent: string, paths: Paths): Bind[] {
  return [
    { source: paths.state(agent), target: `/agents/${agent}/state`, writable: true },
    { source: paths.harness(agent), target: `/agents/${agent}/harness`, writable: true },
    { source: paths.shared, target: '/shared', writable: true },
    { source: paths.docs, target: '/docs', writable: false },
    { source: paths.socketFolder(agent), target: '/run/hive', writable: false },
  ];
}

function programBinds({ install, parts }: SpecInputs['config']): Bind[] {
  const installed = INSTALLED.map((name) => readOnly(join(install, name), `/opt/hive/${name}`));
  const programs = [
    ...installed,
    readOnly(join(install, 'templates/agent-home/bin'), '/opt/bin'),
    readOnly(parts.nodeDir, '/opt/node'),
  ];
  if (parts.claudeDir !== null) programs.push(readOnly(parts.claudeDir, '/opt/claude'));
  return programs.filter((bind) => existsSync(bind.source));
}

function readOnly(source: string, target: string): Bind {
  return { source, target, writable: false };
}
