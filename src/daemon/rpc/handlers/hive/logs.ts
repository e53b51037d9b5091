import { join } from 'node:path';
import { methods } from '#src/protocol/methods/index.ts';
import type { Context } from '../../api.ts';
import { handler } from '../../handler.ts';
import { followFile } from '../../log-file/follow.ts';
import { lastLines } from '../../log-file/last-lines.ts';

export const logs = handler(methods.logs, async ({ context, input, push, signal }) => {
  const file = logFile(context, input.of);
  const { lines, size } = await lastLines(file, input.lines);
  if (input.follow) followFile(file, size, (line) => push({ type: 'line', line }), signal);
  return { file, lines };
});

function logFile({ agents, config, containers }: Context, of: string): string {
  if (of === 'daemon') return join(config.home, 'logs', 'current.log');
  if (of === 'web') return join(config.home, 'logs', 'web.log');
  if (of === 'forge') return join(config.home, 'logs', 'forge.log');
  return containers.logFile(agents.get(of).name);
}
