import { methods } from '#src/protocol/methods/index.ts';
import { callHive, lines, tool } from '../tool.ts';

export const whoami = tool({
  name: 'whoami',
  description:
    'Who you are in this hive, which agents there are and what they are for, where forge and threads are, and which hosts you may reach. Use it when you need one of these facts.',
  input: {},
  hints: { readOnlyHint: true },
  async run(_input, call) {
    const { output, note } = await callHive(call, methods.whoami, {});
    const role = output.role ? ` (${output.role})` : '';
    const others = output.peers.map((peer) => `- ${peer.name}${peer.role ? `: ${peer.role}` : ''}`);
    const reach = output.egress.length > 0 ? output.egress.join(', ') : 'none; the operator can allow hosts';
    return lines(
      `You are ${output.name}${role}${output.manager ? ', the manager of this hive' : ''}.`,
      `Forge: ${output.forge} (git and API work there without a password; yours is ${output.forge}/${output.name})`,
      `Threads: ${output.threads}`,
      others.length > 0 ? lines('Other agents:', ...others) : 'There are no other agents.',
      `Hosts outside that you may reach: ${reach}`,
      output.status_text ? `Your status: ${output.status_text}` : null,
      note,
      'To talk to an agent or the operator use send; for a question use ask.',
    );
  },
});
