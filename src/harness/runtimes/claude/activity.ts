/** The argument that tells most about a call, by tool; for others the first text. */
const MAIN_ARGUMENT: Record<string, string> = {
  Bash: 'command',
  Read: 'file_path',
  Edit: 'file_path',
  Write: 'file_path',
  NotebookEdit: 'notebook_path',
  Skill: 'skill',
  Task: 'description',
};

/** A tool call in one line: its name without the hive's prefix, and its main argument. */
export function toolActivity(tool: string, input: Record<string, unknown>): string {
  const name = tool.replace(/^mcp__hive__/, '');
  const main = input[MAIN_ARGUMENT[tool] ?? ''] ?? Object.values(input).find((value) => typeof value === 'string');
  return typeof main === 'string' ? `${name}: ${main}` : name;
}
