import { methods } from '#src/protocol/methods/index.ts';
import { fitLines } from '../fit.ts';
import { callHive, lines, tool } from '../tool.ts';

const PEERS_BYTES = 8 * 1024;
const HOSTS_BYTES = 4 * 1024;

export const whoami = tool({
  name: 'whoami',
  description: [
    'Who you are in this hive, which agents there are and what they are for, where forge and threads are, and which hosts you may reach.',
    'Use it when you need one of these facts, for instance before you choose whom to send or ask.',
  ].join(' '),
  input: {},
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run(_input, call) {
    const { output, note } = await callHive(call, methods.whoami, {});
    const role = output.role ? ` (${output.role})` : '';
    const peers = output.peers.map((peer) => `- ${peer.name}${peer.role ? `: ${peer.role}` : ''}`);
    return lines(
      `You are ${output.name}${role}${output.manager ? ', the manager of this hive' : ''}.`,
      `Forge: ${output.forge} (git and API work there without a password; yours is ${output.forge}/${output.name})`,
      `Threads: ${output.threads}`,
      peers.length > 0 ? listed('Other agents:', peers, PEERS_BYTES) : 'There are no other agents.',
      output.egress.length > 0
        ? listed('Hosts outside that you may reach:', output.egress.map((host) => `- ${host}`), HOSTS_BYTES) // prettier-ignore
        : 'Hosts outside that you may reach: none; the operator can allow hosts',
      output.status_text ? `Your status: ${output.status_text}` : null,
      note,
      'To talk to an agent or the operator use send; for a question use ask.',
    );
  },
});

function listed(title: string, rows: string[], bytes: number): string {
  const { lines: shown, left } = fitLines(rows, bytes);
  return lines(title, ...shown, left > 0 ? `(+${left} more: hive whoami --json, in a shell)` : null);
}
