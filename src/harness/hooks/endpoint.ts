import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ToolContext } from '../mcp/tool.ts';
import { hookInput, mailNotice } from './mail.ts';

/** Answers a runtime's hook (type `http`, hooks/claude/settings.json): a POST of its JSON. */
export async function answerHook(context: ToolContext, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const input = hookInput.safeParse(parse(await text(req))).data;
  const answer = input ? await mailNotice(context.link, context.slot, input) : {};
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
