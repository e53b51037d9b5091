import { type ListedTool, listTools, openToolDesk } from '../mcp.ts';
import { toolExamples } from './tool-examples.ts';

type Schema = Record<string, unknown>;

const HEAD = `# Tools

What a model in this hive can call, as the hive's MCP server tells it (\`npm run docs\` writes this page from \`src/harness/mcp/tools\`).

- Every result is text below 16 KiB that says what to do next. Lists are cut with the number that remains.
- An error begins with \`<tool> failed (<code>)\`, names the value that was wrong and what to do instead. Codes: \`not_found\`, \`conflict\`, \`invalid\`, \`forbidden\`, \`unavailable\`, \`limited\`, \`internal\`.
- A call is repeated for you while the daemon restarts, for up to 60 seconds, and takes effect once; the result then says so. Do not repeat it yourself.
- The same in a shell of the container: \`hive send\`, \`recv\`, \`ask\`, \`answer\`, \`threads list --mine\`, \`threads cancel\`, \`remind\`, \`reminders\`, \`whoami\`, and \`hive messages --search\` for what was said before.
`;

/** docs/tools.md as it should be: from the list that the real endpoint gives, and from what the tools answer to an example. */
export async function toolsReference(): Promise<string> {
  await using desk = await openToolDesk();
  const examples = toolExamples();
  const sections: string[] = [];
  for (const tool of await listTools(desk.url)) {
    const example = examples[tool.name];
    if (!example) throw new Error(`${tool.name} has no example in test/support/docs/tool-examples.ts`);
    desk.answers = example.answers;
    const { text, isError } = await desk.use(tool.name, example.input);
    if (isError) throw new Error(`the example of ${tool.name} fails: ${text}`);
    sections.push(section(tool, example.input, text.replaceAll(/(?<=--- (?:begin|end) )[0-9a-f]{8}/g, '5e1fb0c7')));
  }
  return [HEAD, ...sections].join('\n');
}

function section({ name, description, inputSchema, annotations }: ListedTool, input: object, result: string): string {
  const call = `${name}(${Object.entries(input).map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(', ')})`; // prettier-ignore
  const required = new Set(inputSchema.required);
  const rows = Object.entries(inputSchema.properties).map(
    ([key, schema]) =>
      `| \`${key}\` | ${type(schema)} | ${limits(schema, required.has(key))} | ${cell(String(schema['description']))} |`,
  );
  const table = ['| Argument | Type | Limits | What it is |', '| --- | --- | --- | --- |', ...rows].join('\n');
  return [
    `## \`${name}\``,
    description,
    rows.length > 0 ? table : 'No arguments.',
    hints(annotations),
    `\`\`\`text\n${call}\n\n${result}\n\`\`\`\n`,
  ].join('\n\n');
}

function hints({ readOnlyHint, destructiveHint, idempotentHint }: Record<string, boolean>): string {
  if (readOnlyHint) return 'Only looks.';
  const kind = destructiveHint ? 'Takes something away.' : 'Changes something.';
  return `${kind} ${idempotentHint ? 'Calling it again with the same arguments changes nothing more.' : 'Calling it again does it again.'}`;
}

function type(schema: Schema): string {
  if (schema['type'] !== 'array') return String(schema['type']);
  return `list of ${type(schema['items'] as Schema)}s`;
}

interface Limits extends Schema {
  default?: unknown;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  items?: unknown;
}

function limits(schema: Schema, required: boolean): string {
  const { default: preset, minLength, maxLength, minimum, maximum, minItems, maxItems, pattern, items } = schema as Limits;
  const each = items ? limits(items as Schema, true).replace('required, ', '') : '';
  const parts = [
    preset === undefined && required ? 'required' : 'optional',
    preset === undefined ? '' : `default \`${typeof preset === 'string' ? preset : JSON.stringify(preset)}\``,
    range('characters', minLength, maxLength),
    range('', minimum, maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum),
    range('entries', minItems, maxItems),
    each && `${each} each`,
    pattern === undefined ? '' : 'a number with s, m, h or d',
  ];
  return parts.filter(Boolean).join(', ');
}

function range(unit: string, least: number | undefined, most: number | undefined): string {
  const of = unit && ` ${unit}`;
  if (most === undefined) return least === undefined ? '' : `from ${least}${of}`;
  return least === undefined ? `up to ${most}${of}` : `${least} to ${most}${of}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('*', '\\*');
}
