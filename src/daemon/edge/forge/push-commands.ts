/** What a `git-receive-pack` request asks for before its pack (gitprotocol-pack, "Reference Update Request"). */
export interface PushCommands {
  refs: string[];
  capabilities: string[];
}

const COMMAND = /^[0-9a-f]{40,64} [0-9a-f]{40,64} ([^\0]+?)(?:\0(.*))?$/;

/** Reads the command list; answers what is wrong when it is not complete within `head` or not understood. */
export function readPushCommands(head: Buffer): PushCommands | { problem: string } {
  const commands: PushCommands = { refs: [], capabilities: [] };
  for (let at = 0; ;) {
    const length = lineLength(head, at);
    if (length === 0) return commands;
    if (length === undefined || at + length > head.length)
      return { problem: 'the list of refs is damaged or too long' };
    const line = head.toString('utf8', at + 4, at + length).replace(/\n$/, '');
    at += length;
    if (/^shallow [0-9a-f]{40,64}$/.test(line)) continue;
    const command = COMMAND.exec(line);
    if (!command) return { problem: 'only plain updates of refs are offered (no signed pushes)' };
    commands.refs.push(command[1] ?? '');
    if (command[2] !== undefined) commands.capabilities.push(...command[2].split(' '));
  }
}

/** Why these updates stop at the edge, or nothing. Pull requests by push and push options would act without the edge's list (FACTS/gitea, 4). */
export function pushProblem({ refs, capabilities }: PushCommands): string | undefined {
  if (capabilities.includes('push-options')) return 'push options are not offered';
  const odd = refs.find((ref) => !/^refs\/(?:heads|tags)\//.test(ref));
  if (odd === undefined) return undefined;
  return `only branches and tags are offered, not ${odd}; open pull requests with POST /api/v1/repos/OWNER/REPO/pulls`;
}

/** Length of the packet line at `at`, 0 for a flush, undefined when there is none. */
function lineLength(head: Buffer, at: number): number | undefined {
  const digits = head.toString('latin1', at, at + 4);
  if (!/^[0-9a-f]{4}$/i.test(digits)) return undefined;
  const length = Number.parseInt(digits, 16);
  return length === 0 || length > 4 ? length : undefined;
}
