/** Tools that run in the caller's own process. Everything with another `type` runs at the provider, beyond the egress list. */
const OWN_TOOLS = /^(?:custom|(?:bash|text_editor|computer|memory)_\d{8}|tool_search_tool_(?:regex|bm25)(?:_\d{8})?)$/;
const OWN_SOURCES = ['base64', 'text', 'content'];
const DEEPEST = 6;

/** Reads a request for messages or token counts; answers why it is refused when it is (DESIGN §5.3). `models` empty = any. */
export function checkModelRequest(body: unknown, models: string[]): { model: string } | { problem: string } {
  if (!isObject(body)) return { problem: 'the body is not a JSON object' };
  const { model } = body;
  if (typeof model !== 'string' || model.length > 200) return { problem: 'the body names no model' };
  if (models.length > 0 && !models.some((granted) => isGranted(model, granted)))
    return { problem: `model "${model}" is not granted to you; granted: ${models.join(', ')}` };
  const problem = reachProblem(body) ?? toolsProblem(body.tools) ?? contentProblem(body);
  return problem === undefined ? { model } : { problem };
}

/** A grant names a model (`claude-sonnet-5-5`, any date of it) or a family (`sonnet`, as the Claude Code CLI takes it). */
function isGranted(model: string, granted: string): boolean {
  const name = granted.replace(/\[1m\]$/, '');
  const undated = model.replace(/-\d{8}$/, '');
  return [model, undated].includes(name) || (!name.includes('-') && undated.split('-').includes(name));
}

function reachProblem(body: Record<string, unknown>): string | undefined {
  if (!isNothing(body.mcp_servers)) return 'remote MCP servers are not offered: the provider would reach them for you';
  if (!isNothing(body.container)) return "the provider's containers are not offered: run code in your own";
  return undefined;
}

function toolsProblem(tools: unknown): string | undefined {
  if (isNothing(tools)) return undefined;
  if (!Array.isArray(tools)) return 'tools is not a list';
  const foreign = tools.find((tool) => !isObject(tool) || (tool.type !== undefined && !isOwnTool(tool.type)));
  if (foreign === undefined) return undefined;
  const name = isObject(foreign) ? JSON.stringify(foreign.type) : 'that is no object';
  return `the tool ${name} runs at the provider, where your egress list does not hold; use your own tools`;
}

function isOwnTool(type: unknown): boolean {
  return typeof type === 'string' && OWN_TOOLS.test(type);
}

/** Looks at content blocks where the API has them, and not into tool inputs, which are the caller's own data. */
function contentProblem(body: Record<string, unknown>): string | undefined {
  const messages = body.messages ?? [];
  if (!Array.isArray(messages) || !messages.every(isObject)) return 'messages is not a list of objects';
  return [body.system, ...messages.map((message) => message.content)]
    .map((content) => blocksProblem(content, 0))
    .find((problem) => problem !== undefined);
}

function blocksProblem(content: unknown, depth: number): string | undefined {
  if (depth > DEEPEST) return 'content is nested too deeply';
  if (!Array.isArray(content)) return isObject(content) ? blocksProblem([content], depth) : undefined;
  return content.map((block) => blockProblem(block, depth)).find((problem) => problem !== undefined);
}

function blockProblem(block: unknown, depth: number): string | undefined {
  if (!isObject(block)) return undefined;
  if (block.file_id !== undefined || block.type === 'container_upload')
    return "the provider's files are not offered: send the content itself";
  const { source } = block;
  if (isObject(source) && !OWN_SOURCES.includes(String(source.type)))
    return `a source of type ${JSON.stringify(source.type)} is not offered: the provider would fetch it; send the content itself`;
  return (
    blocksProblem(block.content, depth + 1) ?? (isObject(source) ? blocksProblem(source.content, depth + 1) : undefined)
  );
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
