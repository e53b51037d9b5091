import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HiveError } from '#src/lib/errors.ts';
import { handleMcp } from '#src/harness/mcp/server.ts';
import type { ToolContext } from '#src/harness/mcp/tool.ts';
import { newTurn } from '#src/harness/turn/current-turn.ts';
import type { CurrentTurn, TurnSlot } from '#src/harness/turn/current-turn.ts';

/** A tool as a client sees it in the list. */
export interface ListedTool {
  name: string;
  description: string;
  inputSchema: { properties: Record<string, Record<string, unknown>>; required?: string[] };
  annotations: Record<string, boolean>;
}

/** What a call of a tool gave. */
export interface ToolResult {
  text: string;
  isError: boolean;
}

/** Speaks MCP with an endpoint as a client does; `toolUse` = the id of the call in the model's stream. */
export async function callTool(url: string, name: string, input: object, toolUse?: string): Promise<ToolResult> {
  const meta = toolUse === undefined ? {} : { _meta: { 'claudecode/toolUseId': toolUse } };
  const result = await ask<{ content: { text: string }[]; isError?: boolean }>(url, 'tools/call', {
    name,
    arguments: input,
    ...meta,
  });
  return { text: result.content.map((part) => part.text).join('\n'), isError: result.isError ?? false };
}

export async function listTools(url: string): Promise<ListedTool[]> {
  return (await ask<{ tools: ListedTool[] }>(url, 'tools/list', {})).tools;
}

async function ask<T>(url: string, method: string, params: object): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const answer = (await response.json()) as { result?: T; error?: { message: string } };
  if (answer.result === undefined) throw new Error(`${method}: ${response.status} ${answer.error?.message}`);
  return answer.result;
}

/** The hive's tools at a real endpoint, before a hive that is scripted. */
export interface ToolDesk extends AsyncDisposable {
  url: string;
  /** What the hive was asked, oldest first. */
  said: [cmd: string, fields: Record<string, unknown>][];
  /** What the hive answers, by method; it refuses what is not here. Functions are called with the fields. */
  answers: Record<string, object | ((fields: Record<string, unknown>) => object)>;
  /** The running turn: in `slot` until a test takes it out. */
  turn: CurrentTurn;
  slot: TurnSlot;
  /** How often every call had to be repeated. */
  retries: number;
  use(name: string, input?: object, toolUse?: string): Promise<ToolResult>;
}

/** Opens a {@link ToolDesk} in which turn 5 runs. */
export async function openToolDesk(answers: ToolDesk['answers'] = {}): Promise<ToolDesk> {
  const turn = newTurn(5, () => {});
  const call = async (method: { cmd: string }, fields: Record<string, unknown>): Promise<object> => {
    desk.said.push([method.cmd, fields]);
    const answer = desk.answers[method.cmd];
    if (!answer) throw new HiveError('not_found', 'no agent "zoe": there are alice and bob');
    return { value: typeof answer === 'function' ? answer(fields) : answer, retries: desk.retries };
  };
  const slot: TurnSlot = { current: turn };
  const context = { link: { call }, slot } as unknown as ToolContext;
  const server = createServer((req, res) => void handleMcp(context, req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const desk: ToolDesk = {
    url,
    said: [],
    answers,
    turn,
    slot,
    retries: 0,
    use: (name, input = {}, toolUse = 'toolu_1') => callTool(url, name, input, toolUse),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return desk;
}
