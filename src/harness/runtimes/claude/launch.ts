import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fill } from '#src/lib/fill.ts';
import type { HarnessConfig } from '#src/protocol/methods/harness.ts';
import { turnEnvironment } from '../../turn-env.ts';
import type { TurnPlace } from '../../turn-env.ts';

/** Root of the installed hive, from here. */
const INSTALL = join(import.meta.dirname, '../../../..');
/** Tools of the CLI that make sense in a container; its own scheduling and messaging would bypass the hive. */
const TOOLS = 'Bash,Read,Edit,Write,Skill,Task,TaskStop';
const DEFAULT_MODEL = 'claude-sonnet-5-5';
/** `recv` may wait 180 s, be cut by a restart of the daemon, wait 60 s for that, and wait once more. */
const TOOL_TIMEOUT_MS = 450_000;
/** What the edge replaces by the real credential. */
const PLACEHOLDER = 'held-by-the-hive';

/** The CLI's session: a new one gets an id chosen here. */
export interface ClaudeSession {
  id: string;
  resume: boolean;
}

/** Files of one start, below the harness's folder. */
interface LaunchFiles {
  configDir: string;
  settings: string;
  mcpConfig: string;
  prompt: string;
}

/** Writes the generated configuration anew, so that nothing an agent left there counts, and answers how the CLI is called. */
export function prepareLaunch(
  place: TurnPlace,
  config: HarnessConfig,
  session: ClaudeSession,
): { args: string[]; env: Record<string, string> } {
  const files = writeFiles(place, config);
  return { args: launchArgs(files, config, session), env: launchEnv(place, config, files) };
}

function launchArgs(files: LaunchFiles, config: HarnessConfig, { id, resume }: ClaudeSession): string[] {
  return [
    ...['--print', '--verbose', '--input-format', 'stream-json', '--output-format', 'stream-json'],
    ...['--replay-user-messages', '--include-partial-messages'],
    ...['--model', config.model ?? DEFAULT_MODEL],
    ...['--tools', TOOLS],
    ...['--strict-mcp-config', '--mcp-config', files.mcpConfig],
    ...['--permission-mode', 'bypassPermissions'],
    ...['--settings', files.settings, '--setting-sources', 'user'],
    ...['--append-system-prompt-file', files.prompt, '--system-prompt-snapshot', 'off'],
    ...(resume ? ['--resume', id] : ['--session-id', id]),
  ];
}

function launchEnv(place: TurnPlace, config: HarnessConfig, { configDir }: LaunchFiles): Record<string, string> {
  const credential = config.login === 'oauth_token' ? 'CLAUDE_CODE_OAUTH_TOKEN' : 'ANTHROPIC_API_KEY';
  return {
    ...turnEnvironment(place, config, null),
    [credential]: PLACEHOLDER,
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${place.ports.model}/model/anthropic`,
    CLAUDE_CONFIG_DIR: configDir,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_MAX_RETRIES: '2',
    DISABLE_AUTOUPDATER: '1',
    ENABLE_TOOL_SEARCH: 'false',
    MCP_TIMEOUT: '5000',
    MCP_TOOL_TIMEOUT: String(TOOL_TIMEOUT_MS),
    // The container is the wall: uid 0 outside of one is the only case in which this matters.
    IS_SANDBOX: '1',
  };
}

function writeFiles(place: TurnPlace, config: HarnessConfig): LaunchFiles {
  const configDir = join(place.harness, 'claude');
  mkdirSync(configDir, { recursive: true });
  const tools = `http://127.0.0.1:${place.ports.mcp}`;
  const settings = readFileSync(join(INSTALL, 'hooks/claude/settings.json'), 'utf8');
  const own = readFileSync(join(INSTALL, 'templates/prompts/claude.md'), 'utf8');
  const files = {
    configDir,
    settings: join(place.harness, 'claude-settings.json'),
    mcpConfig: join(place.harness, 'claude-mcp.json'),
    prompt: join(place.harness, 'claude-prompt.md'),
  };
  const mcp = { mcpServers: { hive: { type: 'http', url: `${tools}/mcp` } } };
  replaceFile(files.settings, fill(settings, { harness: place.harness, hooks_url: `${tools}/hooks/claude` }));
  replaceFile(files.mcpConfig, JSON.stringify(mcp));
  replaceFile(files.prompt, `${config.prompt.trim()}\n\n${own}`);
  rmSync(join(configDir, 'settings.json'), { force: true });
  link(join(place.env.docsDir, 'skills'), join(configDir, 'skills'));
  link(join(place.state, 'CLAUDE.md'), join(configDir, 'CLAUDE.md'));
  return files;
}

/** Read-only, and a file of its own whatever was there. */
function replaceFile(path: string, text: string): void {
  rmSync(path, { force: true, recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o444);
}

/** The CLI looks for skills and notes at `path`; the target may come later. */
function link(target: string, path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() && existsSync(path)) return;
  if (there) rmSync(path, { recursive: true });
  symlinkSync(target, path);
}
