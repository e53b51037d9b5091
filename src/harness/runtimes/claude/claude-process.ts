import { execa } from 'execa';
import type { Logger } from 'pino';
import { encodeLine, LineSplitter } from '#src/lib/json-lines.ts';
import { keepTail } from '../tail.ts';
import { claudeEvent } from './events.ts';
import type { ClaudeEvent } from './events.ts';

/** One event carries a whole tool result. */
const MAX_EVENT_BYTES = 64 * 1024 * 1024;
/** After its input closed, and again after SIGTERM, the CLI has this long to end. */
const GRACE_MS = 2000;

/** A running Claude Code CLI that takes prompts one after another. */
export interface ClaudeProcess {
  pid: number | undefined;
  /** False once it ended or is being ended. */
  readonly usable: boolean;
  /** Gets every event from now on; undefined = nobody listens. */
  listener: ((event: ClaudeEvent) => void) | undefined;
  /** Only while it is idle: what is written during a turn would be mixed into that turn. */
  send(prompt: string): void;
  /** Asks it to stop what it does; a result follows and it stays usable. */
  interrupt(): void;
  /** Closes its input, then insists. Resolves when it is gone. */
  end(): Promise<void>;
  kill(): void;
  /** Why it ended, once it has. */
  ended: Promise<string>;
}

/** How the CLI is started. */
export interface LaunchOptions {
  file: string;
  args: string[];
  env: Record<string, string>;
  cwd: string;
  log: Logger;
}

/** Starts the CLI; what it prints is taken from the first line on. */
export function startClaude(options: LaunchOptions): ClaudeProcess {
  const { log } = options;
  const child = spawnCli(options);
  const stderr = keepTail(child.stderr);
  let usable = true;
  let requests = 0;
  onLines(child, take, log);
  const ended = child.then((result) => {
    usable = false;
    return `${whyEnded(result)}\n${stderr()}`.trim();
  });

  function take(line: string): void {
    const event = parseEvent(line);
    if (!event) return;
    const broken = brokenServers(event);
    if (broken.length > 0) log.warn({ servers: broken }, 'the runtime has no connection to its tools');
    claude.listener?.(event);
  }

  const claude: ClaudeProcess = {
    pid: child.pid,
    get usable() {
      return usable;
    },
    listener: undefined,
    send: (prompt) =>
      void child.stdin.write(encodeLine({ type: 'user', message: { role: 'user', content: prompt } }, MAX_EVENT_BYTES)),
    interrupt: () =>
      void child.stdin.write(
        encodeLine({ type: 'control_request', request_id: `${++requests}`, request: { subtype: 'interrupt' } }),
      ),
    async end() {
      usable = false;
      child.stdin.end();
      const insist = setTimeout(() => child.kill('SIGTERM'), GRACE_MS);
      const force = setTimeout(() => child.kill('SIGKILL'), 2 * GRACE_MS);
      await ended;
      clearTimeout(insist);
      clearTimeout(force);
    },
    kill: () => void child.kill('SIGKILL'),
    ended,
  };
  return claude;
}

type Child = ReturnType<typeof spawnCli>;

function spawnCli({ file, args, env, cwd }: LaunchOptions) {
  const pipes = { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' } as const;
  return execa(file, args, { cwd, env, extendEnv: false, reject: false, buffer: false, ...pipes });
}

/** Hands over each line the CLI prints. One that cannot be split is its end: nothing after it can be trusted. */
function onLines(child: Child, take: (line: string) => void, log: Logger): void {
  const splitter = new LineSplitter(MAX_EVENT_BYTES);
  child.stdin.on('error', () => {});
  child.stdout.on('error', () => {});
  child.stdout.on('data', (chunk: Buffer) => {
    try {
      for (const line of splitter.push(chunk)) take(line);
    } catch (error) {
      log.error({ err: error }, 'the runtime’s stream is unreadable');
      child.kill('SIGKILL');
    }
  });
}

/** An end in words, without the command line. */
function whyEnded({ failed, shortMessage }: { failed: boolean; shortMessage?: string }): string {
  if (!failed) return 'it exited with code 0';
  return (shortMessage ?? 'it failed').replace(/^Command /, '').split(': ')[0] ?? '';
}

/** Names of tool servers that the CLI did not reach when it came up. */
function brokenServers(event: ClaudeEvent): string[] {
  if (event.type !== 'system') return [];
  return (event.mcp_servers ?? []).filter(({ status }) => status !== 'connected').map(({ name }) => name);
}

/** Pieces of an answer come by the hundred and only prove that the model is alive: they are not parsed. */
const PIECE = '{"type":"stream_event"';

function parseEvent(line: string): ClaudeEvent | undefined {
  if (line.startsWith(PIECE)) return { type: 'stream_event' };
  try {
    return claudeEvent.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
