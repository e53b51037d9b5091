import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { toHiveError } from '#src/lib/errors.ts';
import { clip } from './fit.ts';
import { callKey } from './tool.ts';
import type { Tool, ToolCall, ToolContext } from './tool.ts';
import { tools } from './tools/index.ts';

/** Name of the server in the runtime's configuration: its tools are `mcp__hive__<name>` there. */
export const MCP_SERVER_NAME = 'hive';
/** Where Claude Code says which of its tool calls a request belongs to. */
const TOOL_USE_META = 'claudecode/toolUseId';

/** What a call that got no answer may have done nevertheless. */
const MAY_BE_DONE = '. It may have taken effect all the same: look before you repeat it.';

/** Answers one request of the streamable HTTP transport; stateless, so a server of its own per request. */
export async function handleMcp(context: ToolContext, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const server = createServer(context);
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  res.once('close', () => void server.close());
  await server.connect(transport);
  await transport.handleRequest(req, res);
}

function createServer(context: ToolContext): McpServer {
  const server = new McpServer({ name: MCP_SERVER_NAME, version: '1.0.0' });
  for (const each of tools) {
    const { name, description, input, hints } = each;
    const inputSchema = z.strictObject(input);
    server.registerTool(name, { description, inputSchema, annotations: hints }, async (given, extra) => {
      const turn = context.slot.current?.id;
      const key = callKey(turn, extra['_meta']?.[TOOL_USE_META]);
      return runTool(each, given, { ...context, key, turn, signal: extra.signal });
    });
  }
  return server;
}

async function runTool(each: Tool, input: Parameters<Tool['run']>[0], call: ToolCall): Promise<CallToolResult> {
  try {
    return { content: [{ type: 'text', text: clip(await each.run(input, call)) }] };
  } catch (thrown) {
    const { code, message } = toHiveError(thrown);
    const unknown = code === 'unavailable' && !each.hints.readOnlyHint ? MAY_BE_DONE : '';
    return {
      isError: true,
      content: [{ type: 'text', text: clip(`${each.name} failed (${code}): ${message}${unknown}`) }],
    };
  }
}
